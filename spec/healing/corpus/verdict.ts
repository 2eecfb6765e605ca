/** Whether an answer is what a test asks for. */
import { isDeepStrictEqual } from "node:util"
import type { HiddenTest } from "./hidden-test.ts"

const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))

interface Answered {
  readonly success: boolean
  readonly data?: unknown
  readonly error?: unknown
  readonly errorClass?: unknown
}

/** @param read A file of the working folder after the call. */
export const isRight = (
  { answer: asked, written = {} }: Pick<HiddenTest, "answer" | "written">,
  answer: Answered,
  read: (path: string) => string | undefined
): boolean =>
  answer.success === asked.success &&
  (!("data" in asked) || isDeepStrictEqual(plain(answer.data), plain(asked.data))) &&
  (asked.error === undefined || String(answer.error).includes(asked.error)) &&
  (asked.errorClass === undefined || answer.errorClass === asked.errorClass) &&
  Object.entries(written).every(([path, text]) => read(path) === text)
