import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type FromPlace, readFrame } from "../../../actors/hosts/frames.ts"
import { dataOf } from "../../../actors/hosts/thrown.ts"

const id = fc.nat()
const text = fc.string()
const thrown = fc.anything({ withBigInt: true, withDate: true, withMap: true }).map((value) => dataOf(value))
const use = { call: id, id, port: text, args: fc.array(fc.jsonValue()) }
const tool = fc.constant("a_tool")

const frame: fc.Arbitrary<FromPlace> = fc.oneof(
  fc.record({ type: fc.constantFrom("ready", "pong") }),
  fc.record({ type: fc.constant("done"), id, value: fc.jsonValue() }),
  fc.record({ type: fc.constant("threw"), id, error: thrown }),
  fc.record({ type: fc.constantFrom("progress", "log"), id, text }),
  fc.record({ type: fc.constantFrom("port", "sync"), ...use }),
  fc.record({ type: fc.constant("unport"), call: id, id }),
  fc.record({ type: fc.constant("uncaught"), tool, fatal: fc.boolean(), error: thrown }),
  fc.record({ type: fc.constant("leaving") }),
  fc.record({ type: fc.constant("unloadable"), error: thrown })
)

it("reads what a place says", () => {
  fc.assert(
    fc.property(frame, (frame) => {
      const line = JSON.stringify(frame)
      expect(readFrame(line)).toEqual(JSON.parse(line))
    })
  )
})

it("never fails on garbage, and gives nothing that lacks its fields", () => {
  const type = fc.constantFrom(
    "done",
    "threw",
    "progress",
    "port",
    "sync",
    "uncaught",
    "loaded",
    "unloadable",
    "leaving"
  )
  const almost = fc.tuple(
    type,
    fc.dictionary(fc.constantFrom("id", "call", "text", "args", "port", "tool"), fc.jsonValue())
  )
  const garbage = fc.oneof(
    text,
    fc.json(),
    almost.map(([type, fields]) => JSON.stringify({ ...fields, type }))
  )
  fc.assert(
    fc.property(garbage, (line) => {
      const read = readFrame(line)
      // What it does not need it may carry.
      if (read === undefined || read.type === "leaving") return
      if ("id" in read) expect(Number.isSafeInteger(read.id)).toBe(true)
      if ("text" in read) expect(typeof read.text).toBe("string")
      if ("args" in read) expect(Array.isArray(read.args)).toBe(true)
      expect(["loaded", "unloadable", "threw", "uncaught"]).not.toContain(read.type)
    })
  )
})

describe("refuses", () => {
  it.each([
    "",
    "null",
    "[]",
    '{"type":"toString"}',
    '{"type":"__proto__"}',
    '{"type":"load","module":"/x"}',
    '{"type":"done","id":1.5}',
    '{"type":"loaded","manifest":{"name":"x","tools":[],"hooks":[]}}'
  ])("%s", (line) => expect(readFrame(line)).toBeUndefined())

  it("what is nested too deeply, an answer as an error of its call", () => {
    const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`
    expect(readFrame(`{"type":"done","id":3,"value":${deep}}`)).toMatchObject({
      type: "threw",
      id: 3,
      error: { name: "RangeError", message: expect.stringContaining("nested") }
    })
    expect(readFrame(`{"type":"port","call":1,"id":3,"port":"x","args":${deep}}`)).toBeUndefined()
    const wide = `[${"[1],".repeat(5000)}[]]`
    expect(readFrame(`{"type":"done","id":3,"value":${wide}}`)).toMatchObject({ type: "done" })
  })
})

it("believes of a plugin's promises only what is one", () => {
  const tool = {
    name: "t",
    description: "x",
    risk: "read",
    parameters: {},
    idempotent: true,
    parallel: true,
    final: false
  }
  const read = (more: object, promised: object = {}) =>
    readFrame(
      JSON.stringify({
        type: "loaded",
        manifest: { name: "p", hooks: [], extensions: none, tools: [{ ...tool, ...more }], ...promised }
      })
    )
  const none = { commands: [], shortcuts: [], flags: [], widgets: [], providers: [] }
  const command = { name: "hi", description: "Says hi." }
  const example = { input: 1, output: "x", responses: { a: { status: 200, body: "" }, b: "text" } }
  expect(read({ examples: [example] }, { declaredHooks: ["start"], defaults: { a: 1 } })).toBeDefined()
  for (const wrong of [
    5,
    [5],
    [{ input: 1 }],
    [{ ...example, files: { a: 1 } }],
    [{ ...example, responses: { a: {} } }]
  ])
    expect(read({ examples: wrong })).toBeUndefined()
  expect(read({}, { declaredHooks: ["none"] })).toBeUndefined()
  expect(read({}, { extensions: { ...none, commands: [command] }, priority: { onTurnEnd: 2 } })).toBeDefined()
  for (const wrong of [
    { name: "no spaces" },
    { tools: [{ name: "y" }] },
    { defaults: 5 },
    { hooks: ["tools"] },
    { hooks: ["none"] },
    { version: 5 },
    { requires: [5] },
    { priority: "high" },
    { priority: { none: 1 } },
    { failures: [{ hook: "start", error: "no" }] },
    { extensions: undefined },
    { extensions: {} },
    { extensions: { ...none, commands: [{ name: "hi" }] } },
    { extensions: { ...none, commands: [command, command] } },
    { extensions: { ...none, shortcuts: [{ key: "q", description: "Quits." }] } },
    { extensions: { ...none, widgets: [{ name: "w", place: "below" }] } }
  ])
    expect(read({}, wrong), JSON.stringify(wrong)).toBeUndefined()
})
