/** Addresses that a played call fetches: none is contacted. They answer what the tape or the example says. */
import type { Use } from "../../../healing/tape.ts"
import { PortError } from "../../../plugins/ports.ts"
import { askedOf, thrownOf } from "../uses.ts"
import { nameOf, type Player } from "./player.ts"

/** A response as it stands on the tape. */
export interface TapedResponse {
  readonly url: string
  readonly status: number
  readonly statusText: string
  readonly redirected: boolean
  readonly headers: Readonly<Record<string, string>>
  /** As far as it was read. */
  readonly body: { readonly base64: string } | null
}

export const playedFetch =
  (one: Player): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init)
    const asked = await askedOf(request)
    const answer = one.next("fetch", [asked]) ?? ofExample(one, request) ?? unknown(one, request)
    one.effects.push({
      port: "fetch",
      args: [asked],
      ...(answer.error === undefined ? { value: answer.value } : { error: answer.error })
    })
    if (answer.error !== undefined) throw thrownOf(answer.error)
    // The cast is the boundary: it is what was taped, or made below.
    return responseOf(answer.value as TapedResponse)
  }

const ofExample = ({ world: { responses } }: Player, { url }: Request): Pick<Use, "value" | "error"> | undefined => {
  const address = Object.keys(responses ?? {}).find(
    (one) => one === url || (URL.canParse(one) && new URL(one).href === url)
  )
  const said = address === undefined ? undefined : responses?.[address]
  if (said === undefined) return undefined
  const base64 = Buffer.from(said.body).toString("base64")
  const headers = { "content-type": /^\s*[[{]/.test(said.body) ? "application/json" : "text/plain;charset=UTF-8" }
  return { value: { url, status: said.status, statusText: "", redirected: false, headers, body: { base64 } } }
}

const unknown = (one: Player, { method, url }: Request): Pick<Use, "value" | "error"> => {
  const message = `nothing is known of what ${url} would answer: no address is contacted here`
  one.beyond.push(nameOf("fetch", method === "GET" ? url : `${method} ${url}`))
  const error = new PortError("execution_error", message)
  return { error: { kind: error.kind, message } }
}

const bodiless = new Set([101, 103, 204, 205, 304])

const responseOf = ({ url, status, statusText, redirected, headers, body }: TapedResponse): Response => {
  const bytes = body === null || bodiless.has(status) ? null : Buffer.from(body.base64, "base64")
  const response = new Response(bytes, { status, statusText, headers: { ...headers } })
  return Object.defineProperties(response, { url: { value: url }, redirected: { value: redirected } })
}
