/** What both official SDKs are told, so that they do what our options say and nothing else. */
import type { TimedFetch } from "../timed-fetch.ts"
import type { DialectOptions, Quirks } from "./dialect.ts"

/** The key as it can stand in a header; SDKs insist on one where a server takes none. */
export const keyOf = ({ apiKey = "" }: DialectOptions): string => apiKey.trim() || "none"

export const hasKey = (options: DialectOptions): boolean => keyOf(options) !== "none"

type KeyHeader = NonNullable<Quirks["keyHeader"]>

/** The key in one header and no other: two of them, or an empty one, confuse servers. */
export const keyHeaders = (options: DialectOptions, usual: KeyHeader): Record<KeyHeader, string | null> => {
  const header = options.quirks.keyHeader ?? usual
  const key = header.endsWith("authorization") ? `Bearer ${keyOf(options)}` : keyOf(options)
  return { ...noKey, ...(hasKey(options) ? { [header]: key } : {}) }
}

const noKey = { authorization: null, "x-api-key": null, "api-key": null, "cf-aig-authorization": null }

/** No retries (`retry.ts` owns them), no output of their own, our clocks instead of theirs. */
export const shared = ({ timeouts }: DialectOptions, line: Pick<TimedFetch, "fetch">) => ({
  fetch: line.fetch,
  maxRetries: 0,
  logLevel: "off" as const,
  timeout: Math.min(timeouts.total + 1_000, 2 ** 31 - 1)
})

/**
 * The SDKs send headers that stand in an environment variable to whatever server they talk to; those may hold secrets
 * for another one. `null` takes each of them out again; what we send ourselves must be said after it.
 */
export const withoutForeign = (
  variable: string,
  environment: Readonly<Record<string, string | undefined>> = process.env
): Record<string, null> =>
  Object.fromEntries(
    (environment[variable] ?? "")
      .split("\n")
      .flatMap((line) =>
        line.includes(":") ? [[line.slice(0, line.indexOf(":")).trim().toLowerCase(), null] as const] : []
      )
  )
