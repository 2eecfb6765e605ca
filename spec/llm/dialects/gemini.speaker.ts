/** The contract's replies in the words of Google's `streamGenerateContent`. */
import type { Usage } from "../../../llm/model.ts"
import type { Script, ServerError, Speaker } from "./speakers.ts"

type Json = Readonly<Record<string, unknown>>

const event = (data: Json): string => `data: ${JSON.stringify(data)}\n\n`

const chunk = (parts: ReadonlyArray<Json>, more: Json = {}): Json => ({
  candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
  modelVersion: "gemini-3"
})

/** Three characters a piece, none of them torn. */
const pieces = (text: string): ReadonlyArray<string> => text.match(/[^]{1,3}/gu) ?? []

/** Arguments are an object there; what is none of them stays a string, as broken servers send it. */
const argumentsOf = (json: string): Json => {
  try {
    return json === "" ? {} : { args: JSON.parse(json) as unknown }
  } catch {
    return { args: json }
  }
}

const statuses: Readonly<Record<string, readonly [number, string]>> = {
  overloaded_error: [503, "UNAVAILABLE"],
  insufficient_quota: [429, "RESOURCE_EXHAUSTED"],
  rate_limit_error: [429, "RESOURCE_EXHAUSTED"],
  invalid_request_error: [400, "INVALID_ARGUMENT"]
}

const said = ({ message, type }: ServerError): string => {
  const [code, status] = statuses[type] ?? [undefined, type]
  return JSON.stringify({ error: { code, message, status } })
}

const counts = ({ input, output, cacheRead }: Usage): Json => ({
  promptTokenCount: input,
  cachedContentTokenCount: cacheRead,
  candidatesTokenCount: output - 20,
  thoughtsTokenCount: 20,
  totalTokenCount: input + output
})

const callPart = ({ id, name, json }: NonNullable<Script["calls"]>[number], at: number): Json => ({
  functionCall: { ...(id === "" ? {} : { id }), name, ...argumentsOf(json) },
  ...(at === 0 ? { thoughtSignature: "c2lnbmVk" } : {})
})

const end = (parts: ReadonlyArray<Json>, usage: Usage | undefined, finish: Script["finish"]): Json => ({
  ...chunk(parts, { finishReason: finish === "length" ? "MAX_TOKENS" : "STOP" }),
  ...(usage === undefined ? {} : { usageMetadata: counts(usage) })
})

export const generateContent: Speaker = {
  say: ({ thinking = "", text = "", calls = [], usage, finish }) =>
    [
      ...pieces(thinking).map((piece) => chunk([{ text: piece, thought: true }])),
      ...pieces(text).map((piece) => chunk([{ text: piece }])),
      ...calls.map((call, at) => chunk([callPart(call, at)])),
      end([], usage, finish)
    ]
      .map(event)
      .join(""),
  whole: ({ thinking = "", text = "", calls = [], usage, finish }) => {
    const thoughts = thinking === "" ? [] : [{ text: thinking, thought: true }]
    const words = text === "" ? [] : [{ text }]
    return JSON.stringify(end([...thoughts, ...words, ...calls.map(callPart)], usage, finish))
  },
  complain: (error) => `data: ${said(error)}\n\n`,
  refuse: said,
  // Nobody is told there what the cache was given.
  counted: (usage) => ({ ...usage, cacheWrite: 0 }),
  isAsked: (path) => path.endsWith("/models/model:streamGenerateContent?alt=sse")
}
