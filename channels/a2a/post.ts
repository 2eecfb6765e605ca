/** One push notification, tried until it is taken, refused for good, or was tried often enough. */
import { request as http } from "node:http"
import { request as https } from "node:https"
import { setTimeout as sleep } from "node:timers/promises"
import { isIP } from "node:net"
import { isPublic, NotPublic, publicOnly } from "./public-address.ts"

export interface Delivery {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Addresses of this network are fine. */
  readonly isLocal: boolean
}

export interface Tries {
  /** Milliseconds before each further try. */
  readonly delays: ReadonlyArray<number>
  /** Milliseconds for one try. */
  readonly time: number
}

/** @returns why it was not taken, in words that hold neither the address nor anything of the answer; `undefined` when it was. */
export const post = async (
  delivery: Delivery,
  { delays, time }: Tries,
  signal: AbortSignal
): Promise<string | undefined> => {
  for (let nth = 0; ; nth += 1) {
    const outcome = await once(delivery, AbortSignal.any([signal, AbortSignal.timeout(time)]))
    if (outcome === "taken") return undefined
    const delay = outcome.isFinal ? undefined : delays[nth]
    if (delay === undefined || signal.aborted) return outcome.reason
    await sleep(delay, undefined, { signal, ref: false }).catch(() => {})
  }
}

type Outcome = "taken" | { readonly reason: string; readonly isFinal: boolean }

/** A redirection is not followed: it could lead anywhere. */
const once = (delivery: Delivery, signal: AbortSignal): Promise<Outcome> =>
  new Promise((resolve) => {
    const { url, headers, body, isLocal } = delivery
    const failed = (error: Error): void =>
      resolve(
        error instanceof NotPublic
          ? { reason: error.message, isFinal: true }
          : { reason: "code" in error ? String(error.code) : error.name, isFinal: false }
      )
    const to = new URL(url)
    const bare = to.hostname.replace(/^\[|\]$/g, "")
    if (!isLocal && isIP(bare) !== 0 && !isPublic(bare))
      return failed(new NotPublic("it is no address of the open Internet"))
    try {
      const sent = (to.protocol === "https:" ? https : http)(to, {
        method: "POST",
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
        signal,
        agent: false,
        ...(!isLocal && { lookup: publicOnly })
      })
      sent.once("error", failed)
      sent.once("response", ({ statusCode = 0 }) => {
        sent.destroy()
        if (statusCode >= 200 && statusCode < 300) return resolve("taken")
        const isFinal = statusCode < 500 && statusCode !== 408 && statusCode !== 429
        return resolve({ reason: `HTTP ${statusCode}`, isFinal })
      })
      sent.end(body)
    } catch (error) {
      failed(error instanceof Error ? error : new Error(String(error)))
    }
    return undefined
  })
