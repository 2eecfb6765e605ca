/** Any value as the log may show it: without secrets, short, plain. */
import { isSecret } from "../ports/environment.ts"

/** Characters of a text, of which so many are looked at for secrets; items of a list or object; levels. */
const limits = { text: 2000, looked: 8000, items: 50, levels: 6 }
/** Characters of the longest secret that may have lost its end when a text is cut. */
const longest = 1000

const hidden = "[redacted]"

/** Never throws: what fights back is named. */
export const loggable = (value: unknown, redact: (text: string) => string): unknown => {
  const show = (one: unknown, level: number): unknown => {
    if (typeof one === "string") return short(one, redact)
    if (typeof one === "number" || typeof one === "boolean" || one === null || one === undefined) return one
    if (typeof one !== "object") return `[${typeof one}]`
    if (level > limits.levels) return "[…]"
    if (Array.isArray(one))
      return [...one.slice(0, limits.items).map((item) => show(item, level + 1)), ...more(one.length)]
    const entries = Object.entries(one)
    const shown = entries.slice(0, limits.items).map(([name, item]) => [short(name, redact), named(name, item, level)])
    return Object.fromEntries(entries.length > limits.items ? [...shown, ["…", more(entries.length)[0]]] : shown)
  }
  /** Numbers are counts, whatever they are called. */
  const named = (name: string, item: unknown, level: number): unknown =>
    typeof item !== "number" && typeof item !== "boolean" && isSecret(name, "") ? hidden : show(item, level + 1)
  try {
    return show(value, 0)
  } catch {
    return "[it cannot be shown]"
  }
}

const more = (length: number): ReadonlyArray<string> =>
  length > limits.items ? [`and ${length - limits.items} more`] : []

const short = (text: string, redact: (text: string) => string): string => {
  const clean = redact(text.slice(0, limits.looked))
  // Where it was cut, half a secret may stand, which nobody would know for one.
  const safe = text.length > limits.looked ? clean.slice(0, Math.max(0, clean.length - longest)) : clean
  return (safe.length > limits.text ? `${safe.slice(0, limits.text)}…` : safe).toWellFormed()
}
