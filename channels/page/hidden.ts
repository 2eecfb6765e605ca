/** Takes secrets out of every text of a value, however deep; the data of images stays as it is. */

/** @param hide For one text. @returns the same shape. */
export const hidden = <Value>(value: Value, hide: (text: string) => string): Value => cleaned(value, hide, 0) as Value // of the same shape

/** Levels that are looked into: nothing that is journalled is deeper, but for what a model or plugin makes up. */
const deepest = 100

const cleaned = (value: unknown, hide: (text: string) => string, depth: number): unknown => {
  if (typeof value === "string") return hide(value)
  if (typeof value !== "object" || value === null) return value
  if (depth > deepest) return "…"
  if (Array.isArray(value)) return value.map((one) => cleaned(one, hide, depth + 1))
  const isImage = "mime" in value && "data" in value && String(value.mime).startsWith("image/")
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      isImage && key === "data" ? one : named(key, cleaned(one, hide, depth + 1), hide)
    ])
  )
}

/** What its name calls a secret is one: `{ "password": "…" }`. */
const named = (key: string, value: unknown, hide: (text: string) => string): unknown => {
  if (typeof value !== "string" || value === "") return value
  const line = `${key}=${value}`
  const clean = /\s/.test(value) ? line : hide(line)
  return clean === line ? value : clean.slice(key.length + 1)
}
