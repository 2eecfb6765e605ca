/** What strangers write, made harmless before anybody reads it: no controls, no token of ours, no more than fits. */
import { stripVTControlCharacters } from "node:util"

/** Everything below space but tab and newline, the second set of controls, and marks that turn the direction of reading. */
// oxlint-disable-next-line no-control-regex
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

export const plain = (text: string): string => stripVTControlCharacters(text).replace(steering, "").toWellFormed()

/** @param most Characters; what is cut off is counted. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most).toWellFormed()}… [${text.length - most} more characters]`

/** In one line. */
export const line = (text: string, most: number): string => cut(plain(text).replace(/\s+/g, " ").trim(), most)

/** Takes the peer's token out of what it says: some echo the request. */
export const without = (token: string | undefined, text: string): string =>
  token === undefined || token === "" ? text : text.replaceAll(token, "****")
