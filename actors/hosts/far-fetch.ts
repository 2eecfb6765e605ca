/** `fetch` in a plugin's place: the host fetches, and the body comes piece by piece as it is read. */
import type { Opened } from "./frames.ts"

export interface AskOptions {
  readonly signal?: AbortSignal | undefined
  readonly onOutput?: ((text: string) => void) | undefined
}

/** One use of a port. Rejects with the port's own error. */
export type Ask = (port: string, args: ReadonlyArray<unknown>, options?: AskOptions) => Promise<unknown>

/** What is sent to the host to be fetched; the body in base64. */
interface Asked {
  readonly url: string
  readonly method: string
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly redirect: RequestInit["redirect"]
  readonly body?: string
}

export const farFetch =
  (ask: Ask): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init)
    const { signal } = request
    const opened = (await ask("fetch.open", [await askedOf(request)], { signal })) as Opened
    const { url, redirected, body, ...head } = opened
    const response = new Response(body === undefined ? null : bodyOf(body, ask, signal), {
      status: head.status,
      statusText: head.statusText,
      headers: head.headers.map(([name, value]): [string, string] => [name, value])
    })
    return Object.defineProperties(response, { url: { value: url }, redirected: { value: redirected } })
  }

const askedOf = async (request: Request): Promise<Asked> => {
  const { url, method, headers, redirect } = request
  const asked = { url, method, headers: [...headers], redirect }
  return request.body === null ? asked : { ...asked, body: Buffer.from(await request.arrayBuffer()).toString("base64") }
}

/** Pulled, so that the host never reads more than the plugin does. */
const bodyOf = (id: number, ask: Ask, signal: AbortSignal): ReadableStream<Uint8Array> =>
  new ReadableStream(
    {
      pull: async (controller) => {
        const piece = (await ask("fetch.read", [id], { signal })) as string | undefined
        if (piece === undefined) controller.close()
        else controller.enqueue(Buffer.from(piece, "base64"))
      },
      cancel: async () => {
        await ask("fetch.cancel", [id])
      }
    },
    { highWaterMark: 0 }
  )
