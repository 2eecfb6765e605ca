/** State inside a Chat Completions stream that must travel back as it came: signatures and encrypted reasoning. */
import { type Fields, fields, list, text } from "../wire-value.ts"
import { annotate, type Reply } from "./reply.ts"

/** `reasoning_details` of OpenRouter, Vercel and others, kept with the first thinking of the reply. */
export const keepDetails = (reply: Reply, details: ReadonlyArray<Fields>): Reply => {
  const first = reply.parts.find((part) => part.type === "thinking")
  const before = list(first?.meta?.reasoning_details).map(fields)
  return annotate(reply, "thinking", first?.key ?? `thinking${reply.parts.length}`, {
    reasoning_details: details.reduce<ReadonlyArray<Fields>>(joined, before)
  })
}

/** Text streams in pieces that belong to one detail; encrypted data comes whole. */
const joined = (details: ReadonlyArray<Fields>, piece: Fields): ReadonlyArray<Fields> => {
  const last = details.at(-1)
  const isSame = last !== undefined && last.type === piece.type && last.index === piece.index
  if (!isSame || piece.data !== undefined) return [...details, piece]
  const whole: Record<string, unknown> = { ...last }
  for (const [name, value] of Object.entries(piece)) {
    const isProse = name === "text" || name === "summary"
    if (isProse) whole[name] = text(last[name]) + text(value)
    // A piece without a signature says so with an empty one.
    else if (value !== "" && value !== null) whole[name] = value
  }
  return details.with(details.length - 1, whole)
}

/** Gemini's signature of a text, which may come after the text. */
export const keepExtra = (reply: Reply, extra: unknown): Reply => {
  const last = reply.parts.findLast((part) => part.type === "text")
  return extra === undefined || last === undefined ? reply : annotate(reply, "text", last.key, { extra_content: extra })
}
