/** All frames as one JSON Schema (draft 2020-12), as `docs/frames.schema.json` holds it. */
import * as z from "zod"
import { inFrames, outFrames } from "./frames.ts"
import { inquiry } from "./inquiries.ts"
import * as messages from "./messages.ts"
import { notice } from "./notices.ts"

export interface SchemaOptions {
  /** Nothing may stand in a frame that is not named: for specs of what we send. Default false: later versions may say more. */
  readonly exact?: boolean
}

export interface FramesSchema {
  readonly $schema: string
  readonly $defs: Readonly<Record<string, unknown>>
  readonly [word: string]: unknown
}

const titled = (side: string, frames: Readonly<Record<string, z.ZodType>>): ReadonlyArray<[string, z.ZodType]> =>
  Object.entries(frames).map(([type, schema]) => [`${side}.${type}`, schema])

/** `#/$defs/client` is any frame that a client may send, `#/$defs/server` any that the server sends. */
export const framesSchema = ({ exact = false }: SchemaOptions = {}): FramesSchema => {
  const { message, answer, node, background, preview } = messages
  const clients = titled("client", inFrames)
  const servers = titled("server", outFrames)
  const named = z.registry<{ id: string }>()
  const shared: ReadonlyArray<[string, z.ZodType]> = Object.entries({
    notice,
    message,
    answer,
    node,
    background,
    preview,
    inquiry
  })
  for (const [id, schema] of [...clients, ...servers, ...shared]) named.add(schema, { id })
  const { schemas } = z.toJSONSchema(named, { uri: (id) => `#/$defs/${id}`, io: exact ? "output" : "input" })
  const any = (side: ReadonlyArray<[string, unknown]>) => ({ oneOf: side.map(([id]) => ({ $ref: `#/$defs/${id}` })) })
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Frames of Kintsugi's remote channels",
    anyOf: [{ $ref: "#/$defs/client" }, { $ref: "#/$defs/server" }],
    $defs: { client: any(clients), server: any(servers), ...plain(schemas) }
  }
}

/** Their place is `$defs`, so that they need no name of their own. */
const plain = (schemas: Readonly<Record<string, object>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schemas).map(([id, schema]) => {
      const { $id: _id, $schema: _schema, ...rest } = { $id: undefined, $schema: undefined, ...schema }
      return [id, rest]
    })
  )
