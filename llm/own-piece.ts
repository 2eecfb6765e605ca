/** What a model of one's own yields, checked where it comes in: further on, nobody could tell whose mistake it was. */

/** @throws TypeError that says what is wrong with it. */
export const checkPiece = <Piece>(piece: Piece): Piece => {
  if (typeof piece === "string") return piece
  const wrong = flawOf(piece)
  if (wrong === undefined) return piece
  throw new TypeError(`the model yielded what is no piece of a reply: ${wrong}`)
}

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null
const isName = (value: unknown): boolean => typeof value === "string" && value !== ""
const isAmount = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0

const flawOf = (piece: unknown): string | undefined => {
  if (!isObject(piece) || typeof piece.type !== "string") return `${typeof piece} where a text or an event was expected`
  if (piece.type === "call") return callFlaw(piece)
  if (piece.type === "finished") return endFlaw(piece)
  if (/^(text|thinking)$/.test(piece.type) && typeof piece.delta !== "string") return `${piece.type} without a delta`
  return undefined
}

const callFlaw = ({ id, name, input }: Fields): string | undefined => {
  if (!isName(id) || !isName(name)) return "a call needs an id and a name"
  try {
    JSON.stringify(input)
    return input === undefined ? `the call of ${String(name)} has no input; {} is none` : undefined
  } catch (error) {
    return `the input of ${String(name)} cannot be JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}

const endFlaw = ({ message, finishReason, usage, cost }: Fields): string | undefined => {
  if (!isObject(message) || !Array.isArray(message.content)) return "finished needs the whole message, with its content"
  if (!isName(finishReason)) return "finished needs a finishReason"
  const counts = isObject(usage) ? [usage.input, usage.output, usage.cacheRead, usage.cacheWrite] : []
  if (usage !== undefined && !(counts.length > 0 && counts.every(isAmount))) return "usage holds tokens, none below 0"
  if (cost !== undefined && !isAmount(cost)) return "cost is US dollars, not below 0"
  for (const block of message.content)
    if (isObject(block) && block.type === "call") {
      const wrong = callFlaw(block)
      if (wrong !== undefined) return wrong
    }
  return undefined
}
