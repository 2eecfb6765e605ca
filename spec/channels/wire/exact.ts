/** Holds frames to the published JSON Schema, and to nothing beside it: a field that is not named there is an error. */
import { Ajv2020 } from "ajv/dist/2020.js"
import type { Hub } from "../../../channels/wire/hub.ts"
import { framesSchema } from "../../../channels/wire/schema.ts"

let compiled: Ajv2020 | undefined

const ajv = (): Ajv2020 => {
  if (compiled !== undefined) return compiled
  compiled = new Ajv2020({ strict: false, formats: { base64: true } })
  compiled.addSchema(framesSchema({ exact: true }), "frames")
  return compiled
}

/** @throws with what is wrong with it. As it is on the wire: what JSON leaves out is left out. */
export const mustFit = (side: "client" | "server", frame: object): void => {
  const sent: unknown = JSON.parse(JSON.stringify(frame))
  const type = typeof sent === "object" && sent !== null && "type" in sent ? String(sent.type) : ""
  const validate = ajv().getSchema(`frames#/$defs/${side}.${type}`)
  if (validate === undefined) throw new Error(`no frame ${side}.${type} is published`)
  if (!validate(sent))
    throw new Error(`${side}.${type}: ${ajv().errorsText(validate.errors)}\n${JSON.stringify(frame).slice(0, 2000)}`)
}

/** For specs of our own clients: whatever either side says that is not as published fails the run. */
export const checkedHub = (hub: Hub): Hub => ({
  ...hub,
  join: ({ wire, ...joining }) => {
    const send: typeof wire.send = (frame) => {
      loudly(() => mustFit("server", frame))
      wire.send(frame)
    }
    const peer = hub.join({
      ...joining,
      wire: { send, isFree: () => wire.isFree(), end: (...how) => wire.end(...how) }
    })
    return {
      ...peer,
      receive: (text) => {
        loudly(() => mustFit("client", JSON.parse(text)))
        peer.receive(text)
      }
    }
  }
})

/** Where nobody can catch it. */
const loudly = (check: () => void): void => {
  try {
    check()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
