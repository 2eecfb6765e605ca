/** Makes a dialect of its two pure halves and the one request between them. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ModelRequest } from "../model.ts"
import type { Dialect, DialectOptions } from "./dialect.ts"
import { exchange, type Wire } from "./exchange.ts"
import { callIds } from "./history.ts"
import { asWritten } from "./offered-tools.ts"
import { newReply } from "./reply.ts"
import { newSeed } from "./seed.ts"
import { wellFormed } from "./well-formed.ts"

export interface Speech<Body> extends Omit<Wire, "load" | "start"> {
  readonly toBody: (options: DialectOptions, request: ModelRequest) => Body
  /** Loads the SDK; what it gives back sends the body. */
  readonly load: (options: DialectOptions, body: Body) => ReturnType<Wire["load"]>
}

export const speak =
  <Body>({ toBody, load, ...wire }: Speech<Body>): Dialect =>
  (options) => {
    let refused: string | undefined
    const respond = (request: ModelRequest) => {
      const body = toBody(options, wellFormed(request))
      const start = newReply(newSeed(), callIds(request.messages))
      let given: string | undefined
      const loaded = async () => {
        const known = await keyed(options, refused)
        given = known.apiKey
        return load(known, body)
      }
      return exchange(options, { ...wire, load: loaded, start }).pipe(
        Stream.tapError(({ reason }) =>
          Effect.sync(() => (refused = reason.kind === "unauthorized" ? given : refused))
        ),
        (events) => (options.quirks.strictTools === true ? Stream.map(events, asWritten(request)) : events)
      )
    }
    return { id: options.id, info: options.info, respond: (request) => Stream.suspend(() => respond(request)) }
  }

const keyed = async (options: DialectOptions, refused: string | undefined): Promise<DialectOptions> =>
  options.token === undefined ? options : { ...options, apiKey: await options.token(refused) }
