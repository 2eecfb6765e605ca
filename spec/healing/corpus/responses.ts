/** A web that is a table: what an address answers, and nothing beyond. */
import type { HiddenTest } from "./hidden-test.ts"

export const answering =
  (responses: NonNullable<HiddenTest["responses"]>): typeof fetch =>
  async (input, init) => {
    const { url, signal } = new Request(input, init)
    signal.throwIfAborted()
    const said = responses[url]
    if (said === undefined) throw new TypeError("fetch failed", { cause: new Error(`no route to ${url}`) })
    return typeof said === "string" ? new Response(said) : new Response(said.body, { status: said.status })
  }
