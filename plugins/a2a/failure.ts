/** Why a call to a peer failed, from whatever the SDK threw: in our words, with the peer's quoted. */
import { type Peer, PeerError, type PeerTrouble } from "./peer.ts"
import { line, without } from "./words.ts"

/** Of what a peer says about it, characters. */
const quoted = 500

/** Reasons of A2A's errors, as the SDK names them, that mean something else than a refusal. */
const kinds: Readonly<Record<string, PeerTrouble>> = {
  TASK_NOT_FOUND: "not_found",
  VERSION_NOT_SUPPORTED: "version",
  INVALID_AGENT_RESPONSE: "protocol",
  EXTENSION_SUPPORT_REQUIRED: "version"
}

/** What an error of A2A says, as far as it is one. */
interface Told {
  readonly reason: string
  readonly message: string
  /** Of JSON-RPC. */
  readonly code?: number
}

/** As it may be told: a peer may quote its token, and so may what the error came from. */
export const tellable = ({ token }: Peer, error: unknown): PeerError => {
  const failure = failureOf(error)
  return token === undefined ? failure : new PeerError(failure.kind, without(token, failure.message))
}

export const failureOf = (error: unknown): PeerError => {
  const known = causes(error).find((one) => one instanceof PeerError)
  if (known !== undefined) return known
  const told = toldBy(error)
  if (told !== undefined) {
    const kind = kinds[told.reason] ?? "refused"
    return new PeerError(kind, `it refuses: ${line(told.message, quoted)} (${told.reason})`, { cause: error })
  }
  const message = error instanceof Error ? line(error.message, quoted) : "something that is no error"
  return causes(error).some(isBreak)
    ? new PeerError("unsure", `it broke off the connection (${message})`, { cause: error })
    : new PeerError("protocol", `it does not answer as an A2A agent does: ${message}`, { cause: error })
}

/** Of a body that ends too early; the transport has no type for it. */
const isBreak = (error: unknown): boolean =>
  error instanceof Error &&
  (/^(terminated|other side closed)$/.test(error.message) ||
    ("code" in error && /^(UND_ERR|ECONN|EPIPE)/.test(String(error.code))))

/** The error and what it came from; a chain that a stranger could have made endless is none of ours. */
const causes = (error: unknown): ReadonlyArray<unknown> =>
  error instanceof Error && error.cause !== undefined ? [error, ...causes(error.cause)] : [error]

/** The SDK wraps errors that come in a stream; those without a transport are its own, about what it could not read. */
const toldBy = (error: unknown): Told | undefined => {
  for (const one of causes(error)) {
    if (!(one instanceof Error) || !("transport" in one && "reason" in one) || typeof one.reason !== "string") continue
    const code = "envelopeCode" in one && typeof one.envelopeCode === "number" ? one.envelopeCode : undefined
    return { reason: one.reason, message: one.message, ...(code !== undefined && { code }) }
  }
  return undefined
}

/** It does not do that, whatever it is: nothing has happened there. */
export const isUnsupported = (error: unknown): boolean => {
  const told = toldBy(error)
  return told !== undefined && (told.reason === "UNSUPPORTED_OPERATION" || told.code === -32_601)
}
