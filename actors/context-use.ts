/** What fills a model's context, counted: rough estimates, brought to what the provider counted. Pure. */
import type { Transcript } from "../machines/events.ts"
import { charactersPerToken, estimated, isSummary, reserveOf } from "../machines/room.ts"
import type { ContextPart, ContextUse } from "../plugins/context-use.ts"
import type { Section } from "./prompt.ts"
import type { Offered } from "./tool/order.ts"
import { definitionsOf } from "./toolbox.ts"

export interface Contents {
  readonly model: string
  readonly sections: ReadonlyArray<Section>
  readonly tools: Iterable<Pick<Offered, "tool"> & { readonly from: Pick<Offered["from"], "plugin"> }>
  readonly transcript: Transcript
  /** Tokens of the newest request and its reply, as `SessionView.contextUsed`. */
  readonly used: number
  readonly window: number | undefined
  /** The conversation is compacted before it is full. */
  readonly compacts: boolean
}

type Counted = Pick<ContextUse, "model" | "parts" | "tokens" | "counted" | "window" | "compactsAt">

export const contextUse = (contents: Contents): Counted => {
  const { model, sections, tools, transcript, window, compacts } = contents
  const newest = transcript.findLastIndex(({ role }) => role === "assistant")
  // What a provider did not count was estimated from the conversation alone.
  const used = contents.used === estimated(transcript.slice(0, newest + 1)) ? 0 : contents.used
  const before = [...sections.map(sectionPart), ...toolParts(tools), ...messageParts(transcript.slice(0, newest + 1))]
  const since = messageParts(transcript.slice(newest + 1))
  const parts = together([...(used === 0 ? before : scaled(before, used)), ...since])
  return {
    model,
    parts,
    tokens: sumOf(parts),
    ...(used > 0 && { counted: used }),
    ...(window !== undefined && { window }),
    ...(window !== undefined && compacts && { compactsAt: window - reserveOf(window) })
  }
}

const sizeOf = (text: string): number => Math.ceil(text.length / charactersPerToken)

const sumOf = (parts: ReadonlyArray<ContextPart>): number => parts.reduce((sum, { tokens }) => sum + tokens, 0)

const sectionPart = (section: Section): ContextPart => {
  const tokens = sizeOf(section.text)
  switch (section.kind) {
    case "prompt":
      return { kind: "prompt", name: "Kintsugi's own words", tokens }
    case "task":
      return { kind: "prompt", name: "what the task is, from the agent above", tokens }
    case "plugin":
      return { kind: "plugin", name: section.plugin, tokens }
    case "file": {
      const { path: name, owner, importedBy, cut } = section.file
      return { kind: "file", name, tokens, owner, ...(importedBy && { importedBy }), ...(cut && { cut }) }
    }
  }
}

/** By plugin; those of MCP servers by server. */
const toolParts = (tools: Contents["tools"]): ReadonlyArray<ContextPart> =>
  together(
    Array.from(tools).flatMap((offered): ReadonlyArray<ContextPart> => {
      const { tool, from } = offered
      const name = tool.server === undefined ? from.plugin : `MCP server ${tool.server}`
      return definitionsOf([offered]).map((one) => ({
        kind: "tools",
        name,
        tokens: sizeOf(JSON.stringify(one)),
        count: 1
      }))
    })
  )

const messageParts = (transcript: Transcript): ReadonlyArray<ContextPart> =>
  transcript.map((message) => ({ kind: "messages", name: speaker(message), tokens: estimated([message]), count: 1 }))

const speaker = (message: Transcript[number]): string => {
  if (message.role === "tool") return `answers of ${message.name}`
  if (message.role === "assistant") return "the model"
  return isSummary(message) ? "the summary of what was said before" : "the user"
}

/** Those of one kind and name as one, where the first stands. */
const together = (parts: ReadonlyArray<ContextPart>): ReadonlyArray<ContextPart> => {
  const all = new Map<string, ContextPart>()
  for (const part of parts) {
    const key = JSON.stringify([part.kind, part.name])
    const first = all.get(key)
    const count = (first?.count ?? 0) + (part.count ?? 0)
    all.set(
      key,
      first === undefined ? part : { ...first, tokens: first.tokens + part.tokens, ...(count > 0 && { count }) }
    )
  }
  return [...all.values()]
}

/** Parts that add up to a sum, each in its share; what rounding leaves goes to those that lost the most. */
const scaled = (parts: ReadonlyArray<ContextPart>, sum: number): ReadonlyArray<ContextPart> => {
  const all = sumOf(parts)
  if (all === 0) return parts
  const exact = parts.map(({ tokens }) => (tokens * sum) / all)
  const missing = sum - exact.reduce((total, one) => total + Math.floor(one), 0)
  const byLoss = exact.map((one, at) => ({ at, loss: one - Math.floor(one) })).toSorted((a, b) => b.loss - a.loss)
  const lucky = new Set(byLoss.slice(0, missing).map(({ at }) => at))
  return parts.map((part, at) => ({ ...part, tokens: Math.floor(exact[at] ?? 0) + (lucky.has(at) ? 1 : 0) }))
}
