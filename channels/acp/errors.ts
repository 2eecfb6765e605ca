/** What goes wrong, as the protocol says it: every message says what happened and what to do next. */
import { RequestError } from "@agentclientprotocol/sdk"

export { RequestError }

const codes = { invalid: -32_602, failed: -32_603, login: -32_000, unknown: -32_002 } as const

export const refused = (message: string): RequestError => new RequestError(codes.invalid, message)

export const noSession = (sessionId: string): RequestError =>
  new RequestError(codes.unknown, "there is no such session; session/list lists those that there are", { sessionId })

/** A model cannot be asked before the user has done something about keys. */
export const loginNeeded = (message: string): RequestError => new RequestError(codes.login, message)

/** @param code Which kind of failure it is, for programs. */
export const failed = (message: string, code: string): RequestError => new RequestError(codes.failed, message, { code })

/** Whatever was thrown. Stacks stay here. */
export const errorOf = (error: unknown): RequestError => {
  if (error instanceof RequestError) return error
  if (!(error instanceof Error)) return failed(String(error), "defect")
  const kind = "kind" in error && typeof error.kind === "string" ? error.kind : error.name
  return failed(error.message, kind)
}
