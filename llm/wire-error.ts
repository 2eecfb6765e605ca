/** What a server or the network said when a request failed, turned into why and what to do: the one place that judges it. */
import { ModelError, type ModelErrorReason } from "./model-error.ts"
import { redact } from "./redact.ts"
import { retryAfter } from "./retry-after.ts"
import { fields, list, text } from "./wire-value.ts"

export interface WireFailure {
  /** Absent for errors inside a stream that began well. */
  readonly status?: number
  readonly headers?: Headers
  /** As it came, or parsed. */
  readonly body?: unknown
}

/** Whose failure it is, and what its details must not repeat. */
export interface Caller {
  readonly provider: string
  readonly variables: ReadonlyArray<string>
  readonly secrets: ReadonlyArray<string>
}

/** What providers say of one error, wherever they put it. */
interface Said {
  readonly status: number | undefined
  readonly codes: string
  readonly message: string
  /** Everything, for phrases that may stand anywhere. */
  readonly whole: string
}

const parse = (body: unknown): unknown => {
  if (typeof body !== "string") return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/** Characters of an error that are looked at: what matters stands at its beginning, and a server may send anything. */
const looked = 4_000

const read = ({ status, body }: WireFailure): Said => {
  const parsed = parse(body)
  const outer = Array.isArray(parsed) ? list(parsed)[0] : parsed
  const error = fields(outer).error ?? fields(fields(outer).response).error ?? outer
  const { code, type, message, detail, metadata, status: name, status_code } = fields(error)
  const ownStatus = [status_code, code].find((number) => typeof number === "number" && number >= 400 && number < 600)
  const raw = text(fields(metadata).raw)
  const told = text(error) || raw || text(message) || text(detail) || text(fields(outer).message)
  const whole = typeof body === "string" ? body : JSON.stringify(body ?? "")
  return {
    status: status ?? (typeof ownStatus === "number" ? ownStatus : undefined),
    codes: [code, type, name].filter((word) => word !== undefined && word !== null).join(" "),
    message: (told || whole).slice(0, looked),
    whole: whole.slice(0, looked)
  }
}

const throttled = /thrott|rate.?limit|too many (requests|tokens)|per.?minute|resource.?exhausted/i

/** Every provider has a sentence of its own; gathered in November 2026 from their documents and what other clients look for. */
const overflow = new RegExp(
  [
    "prompt is too long",
    "request_too_large",
    "exceeds? (the )?(model'?s? )?context (window|limit|length)",
    "context_length_exceeded",
    "model_context_window_exceeded",
    "input token count.*exceeds the maximum",
    "input token count is \\d+ but model only supports",
    "maximum prompt length is",
    "reduce the length of the (messages|prompt)",
    "maximum context length",
    "longer than the (model'?s )?context length",
    "exceeded max context length",
    "exceeds the available context size",
    "greater than the context length",
    "(prompt|token).*exceeds the limit of \\d+",
    "context window exceeds limit",
    "exceeded model token limit",
    "range of input length should be",
    "input is too long"
  ].join("|"),
  "i"
)

const quota = new RegExp(
  [
    "insufficient.?(quota|balance|credits?|funds)",
    "exceeded your current quota",
    "quota.?(has been )?exceeded",
    "credit balance is too low",
    "(requires|need|add) (more )?credits",
    "out of (budget|credits|funds)",
    "credits are depleted",
    "billing.?(hard|not.?active)",
    "payment.?required",
    "(usage|spend(ing)?).?limit"
  ].join("|"),
  "i"
)

/** Z.ai's numbers for a plan's limit and an empty account. */
const quotaCodes = /\b(1308|1113)\b/

const badKey =
  /(api|access).?key.*(not valid|invalid|incorrect|expired)|(invalid|incorrect|missing|no).{0,12}(api|access).?key|authentication|unauthorized/i
const noModel =
  /model_not_found|(^|\s)not_found|model.*(does not exist|not exist|not found|identifier is invalid)|unknown model/i
const notAllowed = /moderat|flagged|region|country|territory|polic/i
/** What a filter refuses, as OpenAI, Azure, Bedrock, DashScope, Z.ai and gateways name it. */
const withheld = new RegExp(
  [
    "content_?filter",
    "content_?policy",
    "content_?management_?policy",
    "responsible_?ai",
    "moderation_blocked",
    "data_?inspection_?failed",
    "input (was|is|has been) flagged",
    "flagged as potentially",
    "violat\\w+ (our|the|of) .{0,30}(polic|guideline|terms)"
  ].join("|"),
  "i"
)
const wrong = /invalid|bad.?request|unsupported|unprocessable/i
/** The model wrote a call that the server could not read: nothing is wrong with the request, and another try may do. */
const badCall = /tool_use_failed|MALFORMED_FUNCTION_CALL|UNEXPECTED_TOOL_CALL|MALFORMED_RESPONSE/

const isOverflow = ({ status, codes, message, whole }: Said, provider: string): boolean => {
  if (status === 413) return true
  if (throttled.test(`${codes} ${message}`)) return false
  // Cerebras says nothing at all.
  if (status === 400 && whole === "" && /cerebras/i.test(provider)) return true
  return overflow.test(`${codes} ${message}`)
}

const isQuota = ({ status, codes, message, whole }: Said): boolean => {
  if (status === 402) return true
  if (status !== undefined && status >= 500) return false
  // Gemini says "exceeded your current quota" of limits that last a minute, and then says how long to wait.
  if (/retryDelay|per.?minute/i.test(whole) && !/insufficient_quota|per.?day/i.test(whole)) return false
  return quotaCodes.test(codes) || quota.test(`${codes} ${message}`)
}

type Judge = (said: Said, wait: { readonly retryAfter?: number }) => ModelErrorReason

/** The address has moved, it says. */
const isElsewhere = (status = 0): boolean => status >= 300 && status < 400

const byStatus = (status: number): Judge => {
  if (status === 401 || status === 403) {
    return ({ codes, message }) => {
      if (withheld.test(`${codes} ${message}`)) return { kind: "filtered" }
      return status === 403 && notAllowed.test(message) ? { kind: "refused", status } : { kind: "unauthorized" }
    }
  }
  if (status === 404 || status === 405 || isElsewhere(status)) return () => ({ kind: "not_found" })
  if (status === 429) return (_, wait) => ({ kind: "rate_limited", ...wait })
  if ([408, 409, 425].includes(status) || status >= 500) return (_, wait) => ({ kind: "unavailable", status, ...wait })
  return (said) => byWords({ kind: "refused", status })(said, {})
}

/** Words tell more than a status of 400, and are all there is inside a stream. */
const byWords =
  (otherwise: ModelErrorReason): Judge =>
  ({ codes, message }, wait) => {
    const said = `${codes} ${message}`
    if (withheld.test(said)) return { kind: "filtered" }
    if (badKey.test(said)) return { kind: "unauthorized" }
    if (noModel.test(said)) return { kind: "not_found" }
    if (otherwise.kind === "refused") return otherwise
    if (throttled.test(said)) return { kind: "rate_limited", ...wait }
    if (wrong.test(codes) || notAllowed.test(codes)) return { kind: "refused", status: 400 }
    return { ...otherwise, ...wait }
  }

/** A server that knows better than its status says so in `x-should-retry`. */
const corrected = (reason: ModelErrorReason, headers: Headers | undefined): ModelErrorReason => {
  const retry = headers?.get("x-should-retry")
  if (retry === "true" && reason.kind === "refused") return { kind: "unavailable", status: reason.status }
  if (retry !== "false") return reason
  if (reason.kind === "rate_limited") return { kind: "quota_exceeded" }
  return reason.kind === "unavailable" && reason.status !== undefined
    ? { kind: "refused", status: reason.status }
    : reason
}

const judge = (failure: WireFailure, said: Said, provider: string, now: number): ModelErrorReason => {
  if (isOverflow(said, provider)) return { kind: "context_overflow" }
  if (isQuota(said)) return { kind: "quota_exceeded" }
  if (badCall.test(said.codes)) return { kind: "truncated" }
  const asked = retryAfter(failure.headers, said.whole, now)
  const byWhat = said.status === undefined ? byWords({ kind: "unavailable" }) : byStatus(said.status)
  return corrected(byWhat(said, asked === undefined ? {} : { retryAfter: asked }), failure.headers)
}

/** An error that a server sent: as a status, as a body under status 200, or inside its stream. */
export const refusal = (caller: Caller, failure: WireFailure, now: number): ModelError => {
  const said = read(failure)
  const elsewhere = isElsewhere(failure.status) ? (failure.headers?.get("location") ?? undefined) : undefined
  const detail = elsewhere === undefined ? said.message : `it sends on to ${elsewhere}, where no key of yours is taken`
  return because(caller, judge(failure, said, caller.provider, now), detail)
}

/** A failure whose reason is known; `detail` may be anything and is made fit to be read. */
export const because = (
  { provider, variables, secrets }: Caller,
  reason: ModelErrorReason,
  detail?: string
): ModelError =>
  new ModelError({
    provider,
    reason,
    variables,
    ...(detail === undefined || detail === "" ? {} : { detail: redact(detail, secrets) })
  })

/** Codes of Node's own clocks and of addresses that cannot be right; sources: undici's `errors.js`, Node's `url`. */
const byCode = new Map<unknown, ModelErrorReason>([
  ["UND_ERR_CONNECT_TIMEOUT", { kind: "timed_out", phase: "connect" }],
  ["UND_ERR_HEADERS_TIMEOUT", { kind: "timed_out", phase: "connect" }],
  ["UND_ERR_BODY_TIMEOUT", { kind: "timed_out", phase: "idle" }],
  ["ERR_INVALID_URL", { kind: "not_found" }]
])

/** An exception on the way: no connection, a cut one, or events that cannot be read. `begun`: the headers had come. */
export const disconnection = (caller: Caller, thrown: unknown, begun: boolean): ModelError => {
  const chain: Array<Thrown> = []
  for (let error = thrown; error instanceof Error && chain.length < 5; error = error.cause) chain.push(error)
  const known = chain.flatMap(({ code }) => byCode.get(code) ?? [])[0]
  const root = chain.at(-1)
  const detail = root === undefined ? String(thrown) : root.message || String(root.code ?? root.name)
  return because(caller, known ?? (begun ? { kind: "truncated" } : unreached(root)), detail)
}

/** `address`: of a connection that failed. */
type Thrown = Error & { readonly code?: unknown; readonly address?: unknown }

/** A name with several addresses fails with one error for each. */
const unreached = (root: Thrown | undefined): ModelErrorReason => {
  const { code, address } = root instanceof AggregateError ? fields(root.errors[0]) : fields(root)
  const isHere = typeof address === "string" && /^(127\.|::ffff:127\.|::1$)/.test(address)
  return { kind: "unavailable", ...(code === "ECONNREFUSED" && isHere && { stopped: true }) }
}
