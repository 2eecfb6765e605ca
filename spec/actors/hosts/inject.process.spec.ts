/** A value put where an attribute is missing, in each place: on that one object, and the language stays what it was. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Place } from "../../../actors/hosts/host.ts"
import type { Injection, NeutralValue } from "../../../healing/strategy.ts"
import { contextWith } from "./containment-place.ts"
import { folderWith, household, open } from "./opened.ts"

const module = `
import { defineTool } from "kintsugi/plugin"
const schema = { type: "object", properties: { key: { type: "string" } } }
const builtins = () => [Object, Array, Function, String, Number, Map, Set, Promise, RegExp, Error]
  .flatMap((one) => [one, one.prototype]).map((one) => Reflect.ownKeys(one).map(String).sort().join()).join(";")
const before = builtins()
class Guest {
  name = "guest"
  empty
  filled = 1
  inherited() {}
  systemPrompt() { return show(this) }
  tools = [
    { name: "look", description: "x", risk: "read", input: schema, execute({ key }) { return show(this, key) } },
    Object.freeze({ name: "frozen", description: "x", risk: "read", input: schema, execute({ key }) { return show(this, key) } }),
    defineTool({ name: "defined", description: "x", risk: "read", input: schema, execute({ key }) { return show(this, key) } }),
    { name: "language", description: "x", risk: "read", input: schema,
      execute: () => JSON.stringify({ clean: ({}).x === undefined, same: builtins() === before }) }
  ]
}
const show = (self, key = "x") => {
  const value = self[key]
  const shown = value instanceof Map ? "map" : value instanceof Set ? "set" : typeof value === "function" ? "noop " + value() : JSON.stringify(value)
  return (Object.hasOwn(self, key) ? "own " : "") + shown
}
export default Guest
`

const forbidden = [
  "__proto__",
  "constructor",
  "prototype",
  "then",
  "toJSON",
  "valueOf",
  "toString",
  "hasOwnProperty",
  "execute",
  "tools",
  "name",
  "beforeToolExecute",
  "start",
  "isAdmin",
  "allowed"
]

const values: ReadonlyArray<readonly [NeutralValue, string]> = [
  [{ kind: "list" }, "own []"],
  [{ kind: "record" }, "own {}"],
  [{ kind: "map" }, "own map"],
  [{ kind: "set" }, "own set"],
  [{ kind: "count" }, "own 0"],
  [{ kind: "text" }, 'own ""'],
  [{ kind: "noop" }, "own noop undefined"],
  [{ kind: "json", value: { a: [1] } }, 'own {"a":[1]}']
]

describe.each(["in_process", "worker", "child"] satisfies ReadonlyArray<Place>)("in a place that is %s", (place) => {
  const enter = async () => {
    const folder = await folderWith({ "guest.mjs": module })
    const opened = await open(await household(), place, join(folder, "guest.mjs"))
    const ask = async (tool: string, key = "x") =>
      (await opened.tool(tool).execute({ key }, contextWith(new AbortController().signal))).data
    return { ...opened, ask }
  }
  const look = { type: "tool", tool: "look" } as const
  const into = (target: Injection["target"], key: string, value: NeutralValue): Injection => ({ target, key, value })

  it("each kind of value is put into that one tool", async () => {
    const { host, ask } = await enter()
    for (const [n, [value, shown]] of values.entries()) {
      expect(await host.inject(into(look, `x${n}`, value))).toBe("injected")
      expect(await ask("look", `x${n}`)).toBe(shown)
      expect(await ask("defined", `x${n}`)).toBe("undefined")
    }
  })

  it("a tool is reached as its author wrote it down, also one that was defined", async () => {
    const { host, ask } = await enter()
    expect(await host.inject(into({ type: "tool", tool: "defined" }, "x", { kind: "list" }))).toBe("injected")
    expect([await ask("defined"), await ask("look")]).toEqual(["own []", "undefined"])
  })

  it("a value is put into the plugin's instance, also where a field has no value", async () => {
    const { host } = await enter()
    expect(await host.inject(into({ type: "plugin" }, "empty", { kind: "list" }))).toBe("injected")
    expect(await host.inject(into({ type: "plugin" }, "x", { kind: "count" }))).toBe("injected")
    expect(await host.plugin.systemPrompt?.({ session: "s", cwd: "." })).toBe("own 0")
  })

  it("what is there stays, on the object or on its class", async () => {
    const { host } = await enter()
    for (const key of ["filled", "inherited"])
      expect(await host.inject(into({ type: "plugin" }, key, { kind: "list" }))).toBe("present")
    expect(await host.inject(into(look, "risk2", { kind: "list" }))).toBe("injected")
    expect(await host.inject(into(look, "risk2", { kind: "count" }))).toBe("present")
  })

  it("A17: after it the language is what it was, whatever was asked for", async () => {
    const { host, ask } = await enter()
    for (const key of forbidden)
      for (const target of [look, { type: "plugin" }] as const)
        expect([key, await host.inject(into(target, key, { kind: "record" }))]).toEqual([key, "refused"])
    await host.inject(into(look, "x", { kind: "record" }))
    expect(await ask("language")).toBe('{"clean":true,"same":true}')
  })

  it("a frozen object and a tool that is not there are refused", async () => {
    const { host } = await enter()
    const frozen = { type: "tool", tool: "frozen" } as const
    expect(await host.inject(into(frozen, "x", { kind: "list" }))).toBe("refused")
    expect(await host.inject(into({ type: "tool", tool: "none" }, "x", { kind: "list" }))).toBe("refused")
  })
})
