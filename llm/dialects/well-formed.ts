/**
 * Text without halves of letters. A tool may cut its output inside an emoji, and a reply may be stopped there; several
 * providers take such a request for broken JSON ("no low surrogate in string"), and with it every later one of the session.
 */

/** Deep; the same object where nothing is wrong with it, so that what is known of it by identity stays known. */
export const wellFormed = <Value>(value: Value): Value => whole(value) as Value

/** Messages never change, and most of a request was in the one before. */
const known = new WeakSet<object>()

const whole = (value: unknown): unknown => {
  if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed()
  if (typeof value !== "object" || value === null || known.has(value)) return value
  const before = Object.entries(value)
  const after = before.map(([name, inner]) => [name.toWellFormed(), whole(inner)] as const)
  const isSame = after.every(([name, inner], at) => name === before[at]?.[0] && inner === before[at]?.[1])
  if (isSame) {
    known.add(value)
    return value
  }
  return Array.isArray(value) ? after.map(([, inner]) => inner) : Object.fromEntries(after)
}
