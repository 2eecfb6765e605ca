/** Text from models and tools must not steer the terminal that shows it. */
import { stripVTControlCharacters, styleText } from "node:util"
import type { Io } from "./io.ts"

/** Without escape sequences, control characters and marks that turn the direction of reading. */
export const printable = (text: string): string =>
  stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "")

/** @param limit Characters at most; an ellipsis stands for the rest. */
export const oneLine = (text: string, limit: number): string => {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line
}

export type Format = Parameters<typeof styleText>[0]

/** For standard error. Honours NO_COLOR, FORCE_COLOR, TERM=dumb and whether the stream is a terminal. */
export const styled = ({ stderr }: Io, format: Format, text: string): string =>
  styleText(format, text, { stream: stderr })
