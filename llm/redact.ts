/** Keys taken out of text that people, logs and models will read. */
import { learnt } from "./learnt.ts"

/** Shapes that keys of known providers have, also when a server has masked their middle with stars. */
const shapes =
  /\b(?:sk|pk|rk|gsk|xai|nvapi|pplx|csk|tgp|hf|r8|fw)[-_][\w*.-]{8,}|\bAIza[\w*-]{20,}|\bya29\.[\w*.-]{8,}|\bAQ\.[\w*-]{20,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=\bBearer )\S+/g

const longest = 500

/**
 * @param secrets Literal values that must not appear, besides all that were learnt; those under 6 characters are too common
 *   to look for.
 */
export const withoutKeys = (text: string, secrets: ReadonlyArray<string>): string =>
  [...new Set([...secrets, ...learnt()])]
    .filter((secret) => secret.length >= 6)
    // One may be a part of another.
    .toSorted((one, other) => other.length - one.length)
    .reduce((rest, secret) => rest.replaceAll(secret, "[key]"), text)
    .replace(shapes, "[key]")

/** The same as one line of bounded length. @param secrets See above. */
export const redact = (text: string, secrets: ReadonlyArray<string>): string => {
  const hidden = withoutKeys(text, secrets).replace(/\s+/g, " ").trim()
  return hidden.length > longest ? `${hidden.slice(0, longest)}…` : hidden
}
