/** How long a server asks us to wait before we try again, wherever it says so. */

const header = (headers: Headers, now: number): number | undefined => {
  const exact = headers.get("retry-after-ms")
  if (exact !== null && /^\d+(\.\d+)?$/.test(exact)) return Math.ceil(Number(exact))
  const value = headers.get("retry-after")
  if (value === null) return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  // `Date.parse` alone accepts "soon 1"; every HTTP date ends in GMT.
  const date = value.endsWith("GMT") ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** Milliseconds in "7m12.5s", "850ms", "36s". */
const inWords = /(?:again in|retry in|retryDelay"?:\s*"?)\s*(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?/i

const body = (text: string): number | undefined => {
  const [, ...units] = inWords.exec(text) ?? []
  if (!units.some((unit) => unit !== undefined)) return undefined
  const [hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = units.map((unit) => Number(unit ?? 0))
  const wait = Math.ceil(((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds)
  return Number.isNaN(wait) ? undefined : wait
}

/**
 * Reads `retry-after-ms`, then `Retry-After` (whole or broken seconds, or an HTTP date), then phrases such as "Please try
 * again in 7m12s" and Google's `"retryDelay": "36s"`.
 *
 * @param text The response's body as it came.
 * @param now Milliseconds since the Unix epoch.
 * @returns Milliseconds to wait, 0 or more; `undefined` when nothing readable was said, so that the caller's own backoff
 *   applies. Never throws.
 * @see RFC 9110 §10.2.3
 */
export const retryAfter = (headers: Headers | undefined, text: string, now: number): number | undefined =>
  (headers === undefined ? undefined : header(headers, now)) ?? body(text)
