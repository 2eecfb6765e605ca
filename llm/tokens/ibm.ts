/**
 * Tokens for watsonx: an IBM Cloud key is exchanged for one that holds an hour.
 * Source: cloud.ibm.com/docs/account, "Generating an IBM Cloud IAM token by using an API key".
 */
import { learn } from "../learnt.ts"
import type { Fetch } from "../timed-fetch.ts"
import { because, type Caller } from "../wire-error.ts"
import { count, fields, text } from "../wire-value.ts"
import { type Asking, refused, unreached, within } from "./issuer.ts"

interface Token {
  readonly value: string
  /** Milliseconds since the Unix epoch. */
  readonly until: number
}

export interface Exchange extends Asking {
  readonly url: string
  readonly fetch: Fetch
}

/** Milliseconds before its end at which a token is renewed: as long as a request may take to reach its server. */
const margin = 60_000

/** One exchange for all who ask while it lasts, and for as long as its token holds. */
export const ibmToken = (apiKey: string, given: Partial<Exchange> = {}): (() => Promise<string>) => {
  const asking: Exchange = {
    provider: "IBM watsonx",
    variables: [],
    limit: 30_000,
    url: "https://iam.cloud.ibm.com/identity/token",
    fetch,
    ...given
  }
  let current: Promise<Token> | undefined
  const renew = (): Promise<Token> => {
    const next = within({ ...asking, secrets: [apiKey] }, exchange(apiKey, asking))
    next.catch(() => (current = undefined))
    return next
  }
  return async () => {
    const held = current
    const token = await (current ??= renew())
    if (held === undefined || Date.now() < token.until) return token.value
    if (current === held) current = undefined
    return (await (current ??= renew())).value
  }
}

const exchange = async (apiKey: string, { provider, variables, url, fetch, limit }: Exchange): Promise<Token> => {
  const caller: Caller = { provider, variables, secrets: [apiKey] }
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { accept: "application/json" },
      body: new URLSearchParams({ grant_type: "urn:ibm:params:oauth:grant-type:apikey", apikey: apiKey }),
      // The body is the key: sent on, it would be sent to somebody else.
      redirect: "error",
      // Whoever waits has heard by then that it took too long.
      signal: AbortSignal.timeout(limit + 1_000)
    })
    return issued(caller, response, await response.text())
  } catch (thrown) {
    throw unreached(caller, thrown)
  }
}

const issued = (caller: Caller, { ok, status }: Response, body: string): Token => {
  const answer = parse(body)
  if (!ok) throw refused(caller, status, text(answer.errorMessage) || body, "create a key at cloud.ibm.com/iam/apikeys")
  const value = text(answer.access_token)
  if (value === "") throw because(caller, { kind: "unavailable", status }, "the answer held no token")
  learn(value)
  return { value, until: Date.now() + (count(answer.expires_in) ?? 0) * 1000 - margin }
}

const parse = (body: string) => {
  try {
    return fields(JSON.parse(body))
  } catch {
    return fields(undefined)
  }
}
