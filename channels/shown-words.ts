/** What all channels show in the same words: messages as they were typed, plugins that have a turn go on, tasks of subagents. */
import { textOf, type UserMessage } from "../llm/message.ts"
import type { AgentNotice } from "../machines/events.ts"

/** What the user typed, where a model reads something else or more. */
export const typedText = (message: UserMessage): string => message.typed ?? textOf(message)

/** Characters of what a plugin tells the model. */
const longest = 300

/** One line. */
export const continuedWords = ({ plugin, text }: Extract<AgentNotice, { type: "agent.continued" }>): string => {
  const words = text.replace(/\s+/g, " ").trim()
  const told = words.length > longest ? `${words.slice(0, longest)}…` : words
  return `plugin ${plugin} has the turn go on${told === "" ? "" : `: ${told}`}`
}

/** The same of one that stands in a conversation, whose first line says to the model whose words it is. */
export const continuedIn = (message: UserMessage): string =>
  continuedWords({
    type: "agent.continued",
    plugin: message.from ?? "",
    text: textOf(message).replace(/^\[[^\]\n]*\]\n/, "")
  })

/** What a subagent is told is long; what it is for stands beside it, and who does it where that is one of its own. */
export const taskWords = (input: object): string | undefined => {
  const { description, agent, subagent_type } = input as Readonly<Record<string, unknown>>
  if (typeof description !== "string") return undefined
  const who = [agent, subagent_type].find((name) => typeof name === "string" && name !== "")
  return typeof who === "string" ? `${who}: ${description}` : description
}
