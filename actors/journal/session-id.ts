/** Ids of sessions: twelve letters and digits that sort by time and can be told apart when read aloud. */
import { randomInt } from "node:crypto"

/** Crockford's base 32: no i, l, o, u. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const encode = (value: number, length: number): string => {
  let [text, rest] = ["", value]
  for (let n = 0; n < length; n++) {
    text = alphabet.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/** Nine characters of milliseconds since the Unix epoch, until the year 3084, and three of chance: the first seven tell the second. */
export const newSessionId = (now: number): string => encode(now, 9) + encode(randomInt(32 ** 3), 3)

export const isSessionId = (text: string): boolean => /^[0-9a-hjkmnp-tv-z]{12}$/.test(text)

/** What somebody typed as the id meant by it: capitals and look-alikes are read as their plain form. */
export const plainId = (typed: string): string =>
  typed.trim().toLowerCase().replaceAll("o", "0").replaceAll(/[il]/g, "1")
