/** What all who issue tokens have in common: whose they are, how long they may take, what is said when they refuse. */
import { ModelError } from "../model-error.ts"
import { because, type Caller, disconnection, refusal } from "../wire-error.ts"

export interface Asking {
  /** Whom the token is for, in messages. */
  readonly provider: string
  /** Environment variables that could hold the credential. */
  readonly variables: ReadonlyArray<string>
  /** Milliseconds that issuing may take. */
  readonly limit: number
}

/** Rejects when it takes too long; what it does is not stopped, and nobody hears of it any more. */
export const within = async <Value>({ limit, ...caller }: Caller & Asking, work: Promise<Value>): Promise<Value> => {
  let clock: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    clock = setTimeout(() => reject(because(caller, { kind: "timed_out", phase: "connect" }, "no token came")), limit)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(clock)
  }
}

/** Issuers say 400 of credentials that they do not know. */
const isUnauthorized = (status: number): boolean => [400, 401, 403].includes(status)

export const refused = (caller: Caller, status: number, message: string, advice: string): ModelError =>
  isUnauthorized(status)
    ? because(caller, { kind: "unauthorized" }, message === "" ? advice : `${message}; ${advice}`)
    : refusal(caller, { status, body: { error: { message } } }, Date.now())

export const unreached = (caller: Caller, thrown: unknown): ModelError =>
  thrown instanceof ModelError ? thrown : disconnection(caller, thrown, false)
