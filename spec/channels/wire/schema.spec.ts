/** The published schema of all frames: current, complete, and what the compiler knows. */
import { readFileSync } from "node:fs"
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it } from "vitest"
import type * as z from "zod"
import { errorCodes, inFrames, outFrames } from "../../../channels/wire/frames.ts"
import type { notices } from "../../../channels/wire/notices.ts"
import { framesSchema } from "../../../channels/wire/schema.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { framesSchemaFile } from "../../../scripts/docs.ts"
import { mustFit } from "./exact.ts"

type Frozen<Of> =
  Of extends ReadonlyArray<infer Item>
    ? ReadonlyArray<Frozen<Item>>
    : Of extends object
      ? { readonly [Key in keyof Of]: Frozen<Of[Key]> }
      : Of

/** Compiles only as long as every notice, and every field of one, stands in the schema; the other way is held where it is made. */
const published = (notice: AgentNotice): Frozen<z.infer<typeof notices>> => notice

const compile = () => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, formats: { base64: true } })
  ajv.addSchema(framesSchema(), "frames")
  return (side: "client" | "server", frame: unknown): boolean => ajv.validate(`frames#/$defs/${side}`, frame)
}

const root = new URL("../../../", import.meta.url)

describe("docs/frames.schema.json", () => {
  it("is current; npm run docs makes it so", () => {
    expect(readFileSync(new URL("docs/frames.schema.json", root), "utf8")).toBe(framesSchemaFile())
  })

  it("can be imported from the package", () => {
    const { exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"))
    expect(exports["./frames.schema.json"]).toBe("./docs/frames.schema.json")
  })

  it("has every frame", () => {
    const { $defs } = framesSchema()
    for (const type of Object.keys(inFrames)) expect($defs).toHaveProperty([`client.${type}`])
    for (const type of Object.keys(outFrames)) expect($defs).toHaveProperty([`server.${type}`])
  })

  it("takes what it should, also with fields of a later version, and refuses the rest", () => {
    const fits = compile()
    expect(fits("client", { type: "message", content: "hi", message_id: "m1", later: 1 })).toBe(true)
    expect(fits("client", { type: "message", content: 1 })).toBe(false)
    expect(fits("client", { type: "nonsense" })).toBe(false)
    expect(fits("client", { type: "permission", id: "q", decision: "yes" })).toBe(false)
    const event = published({ type: "agent.text", delta: "a" })
    expect(fits("server", { type: "event", seq: 1, at: 0, event, session_id: "s" })).toBe(true)
    expect(fits("server", { type: "event", seq: 1, at: 0, event: { type: "agent.text" }, session_id: "s" })).toBe(false)
    expect(fits("server", { type: "pong" })).toBe(true)
    expect(fits("client", { type: "pong" })).toBe(false)
  })

  it("is held exactly by the specs", () => {
    expect(() => mustFit("server", { type: "pong", more: 1 })).toThrow("additional")
    expect(() => mustFit("server", { type: "pong" })).not.toThrow()
  })
})

it("says of every code what it means", () => {
  for (const meaning of Object.values(errorCodes)) expect(meaning).toMatch(/\w+ \w+/)
})
