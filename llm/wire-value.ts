/** Reading what a server sent without believing that it has the shape it should have. */

export type Fields = Readonly<Record<string, unknown>>

const none: Fields = {}
const empty: ReadonlyArray<unknown> = []

/** The value's fields; none for anything but an object. */
export const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : none

export const isFields = (value: unknown): value is Fields => fields(value) === value

export const text = (value: unknown): string => (typeof value === "string" ? value : "")

export const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : empty)

/** A count of something: not negative, and small enough that sums of it stay numbers. */
export const count = (value: unknown): number | undefined =>
  typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined
