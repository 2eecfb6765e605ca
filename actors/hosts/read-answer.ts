/** What a plugin gives for a call, checked field by field: it comes from outside, whatever its types say. */
import type { Answer, Preview } from "../../plugins/tool.ts"

type Fields = Readonly<Record<string, unknown>>

export const fieldsOf = (who: string, what: string, value: unknown): Fields => {
  if (typeof value === "object" && value !== null) return { ...value }
  throw new TypeError(`${who}: ${what} must give an object, not ${typeof value}`)
}

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === "string"
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)

const preview: Readonly<Record<keyof Preview, Check>> = {
  risk: (value) => ["read", "write", "execute", "network"].some((risk) => risk === value),
  command: isText,
  paths: isListOf(isText),
  url: isText,
  diff: isText,
  summary: isText
}

const answer: Readonly<Record<keyof Answer, Check>> = {
  success: (value) => typeof value === "boolean",
  data: () => true,
  error: isText,
  errorClass: isText,
  needs: isText,
  summary: isText,
  diff: isText,
  images: isListOf((image) => typeof image === "object" && image !== null),
  sent: (value) => typeof value === "object" && value !== null,
  outcome: isText,
  degraded: isListOf(isText),
  seam: isText,
  advice: isListOf((one) => typeof one === "object" && one !== null)
}

/** @throws TypeError naming whose it is and the field. */
const checked = (who: string, what: string, value: unknown, checks: Readonly<Record<string, Check>>): Fields => {
  const fields = fieldsOf(who, what, value)
  for (const [field, check] of Object.entries(checks)) {
    if (fields[field] !== undefined && !check(fields[field]))
      throw new TypeError(`${who}: ${field} of its ${what} is not what it must be`)
  }
  return fields
}

/** The casts are the boundary: each field has been checked. */
export const readPreview = (who: string, value: unknown): Preview => checked(who, "preview", value, preview) as Preview

export const readAnswer = (who: string, value: unknown): Answer => {
  const fields = checked(who, "answer", value, answer)
  if (fields.success === undefined) throw new TypeError(`${who}: its answer lacks success`)
  return fields as unknown as Answer
}
