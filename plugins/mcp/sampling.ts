/** A server that wants words of the session's model: the user is asked first, and sees what would be said to the model. Pure but for that. */
import type { CreateMessageRequestParams, CreateMessageResult, SamplingMessage } from "@modelcontextprotocol/client"
import type { McpClient } from "../mcp.ts"
import type { AnswerImage, ToolContext } from "../tool.ts"

/** What a model is to answer, without tools and without anything of the session's own conversation. */
export interface Completion {
  readonly system: string
  readonly messages: ReadonlyArray<{
    readonly role: "user" | "assistant"
    readonly text: string
    readonly images: ReadonlyArray<AnswerImage>
  }>
  readonly maxTokens: number
  readonly temperature?: number
}

export interface Completed {
  /** The model that answered. */
  readonly model: string
  readonly text: string
  /** It came to the limit of tokens. */
  readonly isCut: boolean
}

/** The session's model answers once, at the session's expense. Rejects with a message that says why it cannot. */
export type Complete = (session: string, completion: Completion, signal: AbortSignal) => Promise<Completed>

/** It will not be done; the message goes to the server, and from there perhaps to the model. */
export class Refused extends Error {
  override readonly name = "Refused"
}

/** Characters that are sent at most, and those that the question shows of one message. */
const longest = 200_000
const shown = 1_500

/** @param complete Absent: there is no model to ask. */
export const sampler =
  (
    { session, ask, signal }: Pick<ToolContext, "session" | "ask" | "signal">,
    complete: Complete | undefined
  ): NonNullable<McpClient["sample"]> =>
  async (request, server) => {
    if (complete === undefined) throw new Refused("there is no model here that could answer")
    const completion = completionOf(request)
    const reply = await ask({ from: `MCP server ${server}`, message: question(completion) })
    if (reply.action === "decline") throw new Refused("the user does not want the model to be asked")
    if (reply.action === "cancel") throw new Refused(`the user could not be asked: ${reply.reason}`)
    return resultOf(request, await complete(session, completion, signal))
  }

/** @throws Refused for what could not be said to a model faithfully. */
const completionOf = (request: CreateMessageRequestParams): Completion => {
  const { systemPrompt: system = "", messages, maxTokens, temperature, tools = [], includeContext } = request
  if (tools.length > 0) throw new Refused("tools are not offered to the model here; ask without them")
  if (includeContext !== undefined && includeContext !== "none")
    throw new Refused("nothing of the conversation is given away; ask without includeContext")
  if (messages.length === 0) throw new Refused("there is no message to answer")
  if (maxTokens < 1) throw new Refused("maxTokens must be at least 1")
  const said = messages.map(saidIn)
  const length = said.reduce((sum, { text }) => sum + text.length, system.length)
  if (length > longest) throw new Refused(`the messages are longer than ${longest} characters`)
  return { system, messages: said, maxTokens, ...(temperature === undefined ? {} : { temperature }) }
}

const saidIn = ({ role, content }: SamplingMessage): Completion["messages"][number] => {
  const blocks = Array.isArray(content) ? content : [content]
  const texts: Array<string> = []
  const images: Array<AnswerImage> = []
  for (const block of blocks) {
    if (block.type === "text") texts.push(block.text)
    else if (block.type === "image") images.push({ mime: block.mimeType, data: block.data })
    else throw new Refused(`messages may hold texts and images, not ${block.type}`)
  }
  return { role, text: texts.join("\n"), images }
}

const question = ({ system, messages, maxTokens }: Completion): string =>
  [
    `wants your model to answer this, in at most ${maxTokens} tokens at your cost; the server reads the answer:`,
    ...(system === "" ? [] : [`system: ${short(system)}`]),
    ...messages.map(({ role, text, images }) => `${role}: ${short(text)}${pictures(images.length)}`)
  ].join("\n")

const pictures = (count: number): string => (count === 0 ? "" : ` [${count} image${count === 1 ? "" : "s"}]`)

const short = (text: string): string =>
  text.length <= shown ? text : `${text.slice(0, shown)} … (${text.length - shown} characters more)`

/** Our models know no stop sequences, so that the text is cut here as they would have cut it. */
const resultOf = (
  { stopSequences = [] }: CreateMessageRequestParams,
  { model, text, isCut }: Completed
): CreateMessageResult => {
  const ends = stopSequences.filter((one) => one !== "").map((one) => text.indexOf(one))
  const end = Math.min(...ends.filter((at) => at >= 0))
  const stopped = Number.isFinite(end)
  return {
    role: "assistant",
    model,
    content: { type: "text", text: stopped ? text.slice(0, end) : text },
    stopReason: stopped ? "stopSequence" : isCut ? "maxTokens" : "endTurn"
  }
}
