/** What npm's refusals mean, in a line for people. */
import * as z from "zod"

/** How npm ended; `code` is `undefined` when it was not there or was killed. */
export interface NpmEnd {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** What a code of npm's means; the first pattern that fits counts. */
export type Meanings = ReadonlyArray<readonly [RegExp, string]>

const Refusal = z.object({
  error: z.object({
    // Of git, npm tells the exit code.
    code: z.coerce.string(),
    summary: z.string().default(""),
    detail: z.string().default("")
  })
})

const refusalOf = (end: NpmEnd) => Refusal.safeParse(jsonOf(end.stdout)).data?.error

export const noSuchVersion = /^(ETARGET|ENOVERSIONS)$/

export const hasNoSuchVersion = (end: NpmEnd): boolean =>
  end.code !== 0 && noSuchVersion.test(refusalOf(end)?.code ?? "")

const common: Meanings = [
  [
    /^(ECONN\w+|ENOTFOUND|EAI_\w+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|ENOTCACHED)$/,
    "the registry cannot be reached; try again when there is a network"
  ],
  [/^EINTEGRITY$/, "what the registry delivered does not match its checksum, so nothing of it was kept"],
  [/^E404$/, "the registry does not have it"],
  [/^(E401|E403|ENEEDAUTH)$/, "the registry does not give it out without a login"],
  [/^EBADPLATFORM$/, "it is not made for this system"]
]

/** Why npm did not do it, in one line. @param meanings Of whoever ran it, before the common ones. */
export const npmProblem = (end: NpmEnd, meanings: Meanings): string => {
  const { code, stderr } = end
  if (code === undefined) return `npm could not be run: ${firstLine(stderr) || "it was killed"}`
  const refusal = refusalOf(end)
  const meaning = [...meanings, ...common].find(([pattern]) => pattern.test(refusal?.code ?? ""))?.[1]
  if (refusal === undefined) return `npm failed with ${firstLine(stderr) || `code ${code}`}`
  const detail = fatal(refusal.detail)
  return meaning === undefined
    ? `npm failed with ${refusal.code}: ${firstLine(refusal.summary)}${detail}`
    : `${meaning}${detail} (${refusal.code})`
}

/** What a program that npm ran complained of. */
const fatal = (detail: string): string => {
  const [, said] = /^(?:fatal|error): (.+)$/m.exec(detail) ?? []
  return said === undefined ? "" : `: ${firstLine(said)}`
}

/** @returns `undefined` when it is no JSON. */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const firstLine = (text: string): string => (text.trim().split("\n")[0] ?? "").slice(0, 300)
