/** Takes what looks like a secret out of a foreign text, before a model, a log or the ledger sees it. */

const hidden = "[redacted]"

/**
 * A short list on purpose: what a secret is by its form alone, whatever stands around it, and what a text itself calls a
 * secret. A guess by randomness would eat hashes and file names, which a repair needs.
 */
const patterns: ReadonlyArray<readonly [RegExp, string]> = [
  // A private key in PEM, also one whose end was cut off.
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z ]{0,40}PRIVATE KEY-----|[\s\S]*)/g, hidden],
  // The password of `https://user:password@host`.
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,200}):[^\s/@]{1,500}@/gi, `$1:${hidden}@`],
  // What follows `Bearer` or `Basic` in a header.
  [/\b(bearer|basic)(\s+)[\w+/.~=-]{8,}/gi, `$1$2${hidden}`],
  // Keys that say by their beginning whose they are: OpenAI and Anthropic, GitHub, GitLab, Slack, npm, Hugging Face.
  [/\b(?:sk-|gh[opusr]_|github_pat_|glpat-|xox[abeprs]-|npm_|hf_)[\w-]{8,}/g, hidden],
  // AWS, Google.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}/g, hidden],
  // JSON Web Tokens: two objects and a signature.
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, hidden],
  // What is called a secret: `password=…`, `"api_key": "…"`, `?access_token=…`.
  [
    /((?:api[_-]?key|access[_-]?key|private[_-]?key|token|secret|passw(?:or)?d)["']?\s{0,3}[:=]\s{0,3}["']?)(?!undefined|null|true|false|required|missing|invalid)[^\s"',;&)}\]]{6,}/gi,
    `$1${hidden}`
  ]
]

export const redact = (text: string): string =>
  patterns.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text)
