/** The judge of the corpus: which answers it takes, and the world in memory that it puts tools into. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { no, ok } from "./corpus/hidden-test.ts"
import { memoryWorld } from "./corpus/memory-world.ts"
import { answering } from "./corpus/responses.ts"
import { isRight } from "./corpus/verdict.ts"

const nothing = () => undefined

describe("an answer is right", () => {
  const asked = ok("t", {}, { a: 1, b: [2] })

  it.each([
    { data: { b: [2], a: 1 }, success: true, right: true },
    { data: { a: 1, b: [2], c: undefined }, success: true, right: true },
    { data: { a: 1, b: [2], c: 3 }, success: true, right: false },
    { data: { a: 1, b: [2] }, success: false, right: false },
    { data: undefined, success: true, right: false }
  ])("or not: $data $success", ({ data, success, right }) => {
    expect(isRight(asked, { success, data }, nothing)).toBe(right)
  })

  it("when it fails as it should, and not when it fails otherwise", () => {
    const refused = no("t", {}, "no such file")
    expect(isRight(refused, { success: false, error: "a.txt: there is no such file" }, nothing)).toBe(true)
    expect(isRight(refused, { success: false, error: "the tool's own code failed" }, nothing)).toBe(false)
    expect(isRight(refused, { success: true, error: "no such file" }, nothing)).toBe(false)
  })

  it("when what it wrote is there, and what it must not write is not", () => {
    const writing = ok("t", {}, 1, { written: { "a.txt": "x", "b.txt": undefined } })
    const read = (files: Readonly<Record<string, string>>) => (path: string) => files[path]
    expect(isRight(writing, { success: true, data: 1 }, read({ "a.txt": "x" }))).toBe(true)
    expect(isRight(writing, { success: true, data: 1 }, read({ "a.txt": "y" }))).toBe(false)
    expect(isRight(writing, { success: true, data: 1 }, read({ "a.txt": "x", "b.txt": "" }))).toBe(false)
  })
})

describe("the world in memory", () => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-world-")))
  afterAll(() => rmSync(base, { recursive: true }))

  it("has the files that it was given, takes what is written, and is gone afterwards", async () => {
    const { context, read } = memoryWorld({ files: { "d/a.txt": "one" } }, base)
    expect(Buffer.from(await context.files.read("d/a.txt")).toString()).toBe("one")
    expect(await context.files.stat("d")).toMatchObject({ kind: "folder" })
    expect(await context.files.stat("none")).toBeUndefined()
    await expect(context.files.read("none")).rejects.toThrow("none: there is no such file")
    await context.files.write("b.txt", "two")
    expect([read("b.txt"), read("none")]).toEqual(["two", undefined])
    expect(await memoryWorld({}, base).context.files.stat("b.txt")).toBeUndefined()
  })

  it("answers commands from its table, and without one runs them among its files", async () => {
    const told = memoryWorld({ commands: { "git status": { code: 3, output: "no" } } }, base)
    expect(await told.context.exec.run("git status")).toMatchObject({ code: 3, output: "no" })
    expect(await told.context.exec.run("ls")).toMatchObject({ code: 127 })
    const real = memoryWorld({ files: { "a.txt": "one" } }, base)
    expect(await real.context.exec.run("cat a.txt; echo two > b.txt")).toMatchObject({ code: 0, output: "one" })
    expect(real.read("b.txt")).toBe("two\n")
    real.remove()
  })

  it("knows the addresses that it was told of, and no others", async () => {
    const fetch = answering({ "http://a.test/": "hello", "http://a.test/x": { status: 404, body: "" } })
    expect(await (await fetch("http://a.test")).text()).toBe("hello")
    expect((await fetch("http://a.test/x")).status).toBe(404)
    await expect(fetch("http://b.test/")).rejects.toThrow("fetch failed")
  })
})
