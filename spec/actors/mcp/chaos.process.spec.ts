import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { isGone } from "../../plugins/ports/processes.ts"
import { callAll, unruly } from "./chaos.ts"
import { open, temporary } from "./opened.ts"

describe("servers that crash, hang, babble and change", () => {
  it("answer every call, or refuse it with a reason, in its time, and leave nothing behind", async () => {
    const lives = join(temporary({ onTestFinished }), "lives")
    const servers = await open({ onTestFinished }, unruly(lives))
    const told = await callAll(servers, 30)
    expect(told).toHaveLength(120)
    expect(told.filter(({ answer, reason }) => answer === undefined && !reason?.includes("MCP server"))).toEqual([])
    const of = (name: string) => told.filter(({ server }) => server === name)
    expect(of("crashing").flatMap(({ answer }) => answer ?? [])).toHaveLength(20)
    expect(of("crashing").flatMap(({ kind }) => kind ?? [])).toEqual(Array.from({ length: 10 }, () => "ended"))
    expect(of("hanging").filter(({ answer }) => answer !== undefined)).toEqual([])
    expect([...of("dirty"), ...of("changing")].filter(({ answer }) => answer === undefined)).toEqual([])
    await servers.becomes("changing", ({ tools }) => tools.some(({ name }) => name === "added_15"))
    await servers.close()
    const ids = readFileSync(lives, "utf8").trim().split("\n").map(Number)
    expect(ids.filter((id) => !isGone(id))).toEqual([])
  })
})
