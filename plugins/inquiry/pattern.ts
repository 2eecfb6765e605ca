/** Patterns that strangers wrote, tried in bounded time: one that may take longer is not tried at all. */

/** Steps of one test, about: a tenth of a second. */
const most = 1e7

/** Look-arounds, back references, and repeated groups that may be matched in many ways. */
const wild = /\(\?[=!<]|\\[1-9k]|\)[*+?{]/

/** @returns whether the text matches; `undefined` for a pattern that is none, or that may take long on a text of this length. */
export const matches = (pattern: string, text: string): boolean | undefined => {
  // What is escaped or in a class is one character each time.
  const bare = pattern.replace(/\\./gsu, (escape) => (/[1-9k]/.test(escape) ? escape : "_")).replace(/\[[^\]]*\]/g, "_")
  const repeats = bare.match(/[*+?{]/g)?.length ?? 0
  if (wild.test(bare) || (text.length + 1) ** (repeats + 1) > most) return undefined
  try {
    return new RegExp(pattern, "u").test(text)
  } catch {
    return undefined
  }
}
