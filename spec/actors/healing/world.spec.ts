/** The world of a call that is played: its example's, or none beyond the tape. */
import { describe, expect, it } from "vitest"
import { play } from "../../../actors/healing/world.ts"
import type { World } from "../../../healing/tape.ts"

const base: World = { cwd: "/project", taskStartedAt: 5, uses: [] }
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

describe("an example's files", () => {
  const enter = () => play({ ...base, files: { "a.txt": "hello", "deep/b.txt": "there" } })

  it("are read, by any name of theirs", async () => {
    const { files } = enter().ports
    for (const path of ["a.txt", "./a.txt", "/project/a.txt", "deep/../a.txt"])
      expect(text(await files.read(path))).toBe("hello")
    expect(await files.resolve("deep/b.txt")).toBe("/project/deep/b.txt")
    expect([files.display("/project/deep/b.txt"), files.display("."), files.display("/etc/x")]).toEqual([
      "deep/b.txt",
      ".",
      "/etc/x"
    ])
  })

  it("are files and folders, and what is not there is not", async () => {
    const { ports, beyond } = enter()
    expect(await ports.files.stat("a.txt")).toEqual({ kind: "file", size: 5, changedAt: 5 })
    expect(await ports.files.stat("deep")).toMatchObject({ kind: "folder" })
    expect(await ports.files.stat(".")).toMatchObject({ kind: "folder" })
    expect(await ports.files.stat("none")).toBeUndefined()
    await expect(ports.files.read("none")).rejects.toMatchObject({ name: "PortError", kind: "not_found" })
    await expect(ports.files.read("deep")).rejects.toMatchObject({ kind: "invalid_arguments" })
    await expect(ports.files.resolve("../up")).rejects.toMatchObject({ kind: "permission_denied" })
    expect(beyond()).toEqual([])
  })

  it("are written in here only, and read back", async () => {
    const { ports, effects } = enter()
    await ports.files.write("deep/new/c.bin", Buffer.from([1, 255]))
    expect([...(await ports.files.read("/project/deep/new/c.bin"))]).toEqual([1, 255])
    expect(await ports.files.stat("deep/new")).toMatchObject({ kind: "folder" })
    expect(effects()).toEqual([{ port: "files.write", args: ["deep/new/c.bin", { base64: "Af8=" }] }])
  })
})

it("an example's commands and addresses answer", async () => {
  const { ports, effects, beyond } = play({
    ...base,
    files: {},
    commands: { "npm test": { code: 1, output: "failed" } },
    responses: { "http://x.test/data": { status: 404, body: '{"a":1}' } }
  })
  let shown = ""
  expect(await ports.exec.run("npm test", { onOutput: (piece) => (shown += piece) })).toMatchObject({
    code: 1,
    output: "failed"
  })
  expect(shown).toBe("failed")
  const response = await ports.fetch("http://x.test/data")
  expect([response.status, response.url, await response.json()]).toEqual([404, "http://x.test/data", { a: 1 }])
  const job = ports.exec.start("npm test")
  expect(job.state).toBe("running")
  expect(await ports.exec.look(job.id)).toMatchObject({ state: "exited", code: 1, output: "failed" })
  expect(await ports.exec.look(job.id)).toMatchObject({ output: "" })
  expect(effects().map(({ port }) => port)).toEqual(["exec.run", "fetch", "exec.start"])
  expect(beyond()).toEqual([])
})

it("beyond the tape nothing is there, nothing is run or contacted, and it is told", async () => {
  const { ports, beyond, effects } = play(base)
  await expect(ports.files.read("a")).rejects.toMatchObject({ kind: "not_found" })
  expect(await ports.files.stat("a")).toBeUndefined()
  await expect(ports.exec.run("rm -rf /")).rejects.toMatchObject({ name: "PortError", kind: "execution_error" })
  await expect(ports.fetch("http://x.test/")).rejects.toMatchObject({ name: "PortError" })
  expect(() => ports.exec.start("sleep 9")).toThrow(/no command runs here/)
  expect(beyond()).toEqual([
    "files.read a",
    "files.stat a",
    "exec.run rm -rf /",
    "fetch http://x.test/",
    "exec.start sleep 9"
  ])
  expect(effects().map(({ port, error }) => [port, error !== undefined])).toEqual([
    ["exec.run", true],
    ["fetch", true],
    ["exec.start", true]
  ])
})

it("what the tape refused is refused, whatever is written", async () => {
  const error = { kind: "permission_denied", message: "closed" }
  const { ports } = play({ ...base, uses: [{ port: "files.write", args: ["/etc/x", "one"], error }] })
  await expect(ports.files.write("/etc/x", "two")).rejects.toMatchObject(error)
})

it("the same use has the tape's answers in order, and the last from then on", async () => {
  const uses = ["one", "two"].map((output) => ({ port: "exec.run", args: ["next", {}], value: { code: 0, output } }))
  const { exec } = play({ ...base, uses }).ports
  const outputs = [await exec.run("next"), await exec.run("next", { timeout: 5 }), await exec.run("next")]
  expect(outputs.map(({ output }) => output)).toEqual(["one", "two", "two"])
})
