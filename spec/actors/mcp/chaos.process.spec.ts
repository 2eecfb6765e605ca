import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isGone } from "../../plugins/ports/processes.ts"
import { callAll, unruly } from "./chaos.ts"
import { behaving, open, temporary } from "./opened.ts"

describe("servers that crash, hang, babble and change", () => {
  it("answer, or refuse with a reason, every one of 200 calls in its time, and leave nothing behind", async () => {
    const lives = join(temporary(), "lives")
    const all = unruly((behaviour, more) => behaving(behaviour, more, lives))
    const servers = await open(all)
    const told = await callAll(servers, Object.keys(all), 50)
    expect(told).toHaveLength(200)
    expect(told.filter(({ answer, reason }) => answer === undefined && !reason?.includes("MCP server"))).toEqual([])
    const of = (name: string) => told.filter(({ server }) => server === name)
    expect(of("crashing").filter(({ answer }) => answer !== undefined)).toHaveLength(34)
    expect(of("crashing").flatMap(({ kind }) => kind ?? [])).toEqual(Array.from({ length: 16 }, () => "ended"))
    expect(of("hanging").every(({ took, kind }) => took < 1500 && kind !== undefined)).toBe(true)
    expect([...of("dirty"), ...of("changing")].every(({ answer }) => answer !== undefined)).toBe(true)
    await servers.becomes("changing", ({ tools }) => tools.some(({ name }) => name === "added_25"))
    await servers.close()
    const ids = readFileSync(lives, "utf8").trim().split("\n").map(Number)
    expect(ids.filter((id) => !isGone(id))).toEqual([])
  })
})
