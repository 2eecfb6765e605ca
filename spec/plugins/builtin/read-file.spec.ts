import { symlink } from "node:fs/promises"
import { expect, it } from "vitest"
import { workspace } from "../workspace.ts"

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0)

it("numbers the lines of a file", async () => {
  await using space = await workspace()
  await space.put({ "src/a.ts": "one\n\tt​wo\nthree" })
  expect(await space.call("read_file", { path: "src/a.ts" })).toEqual({
    success: true,
    data: "1\tone\n2\t\tt​wo\n3\tthree\n",
    summary: "read src/a.ts (3 lines)"
  })
  expect(await space.preview("read_file", { path: "src/a.ts" })).toEqual({ paths: [space.path("src/a.ts")] })
})

it("gives a part, and says how to go on", async () => {
  await using space = await workspace()
  await space.put({ long: Array.from({ length: 5000 }, (_, n) => `line ${n + 1}\n`).join("") })
  const first = await space.call("read_file", { path: "long" })
  expect(first.data).toMatch(/^1\tline 1\n[^]*2000\tline 2000\n\[lines 1 to 2000 of 5000; go on with offset 2001\]$/)
  const last = await space.call("read_file", { path: "long", offset: 4999, limit: 10 })
  expect(last).toMatchObject({
    data: "4999\tline 4999\n5000\tline 5000\n",
    summary: "read long (lines 4999 to 5000 of 5000)"
  })
  expect(await space.call("read_file", { path: "long", offset: 5001 })).toMatchObject({
    success: false,
    errorClass: "invalid_arguments",
    error: "long has 5000 lines: it ends before line 5001"
  })
})

it("reaches every line of a file page by page, whatever their length", async () => {
  await using space = await workspace()
  const lines = Array.from({ length: 300 }, (_, n) => `${n}:`.padEnd((n * 37) % 3000, "x"))
  await space.put({ wide: lines.join("\n") })
  const seen: Array<string> = []
  for (let offset: number | undefined = 1; offset !== undefined;) {
    const data: string = String((await space.call("read_file", { path: "wide", offset })).data)
    expect(data.length).toBeLessThan(45_000)
    seen.push(...data.split("\n").flatMap((line) => /^\d+\t(\d+):/.exec(line)?.[1] ?? []))
    offset = /go on with offset (\d+)/.exec(data)?.slice(1).map(Number)[0]
  }
  expect(seen).toEqual(lines.map((_, n) => String(n)))
})

it("cuts lines that are too long to be of use", async () => {
  await using space = await workspace()
  await space.put({ "min.js": "x".repeat(10_000_000) })
  expect((await space.call("read_file", { path: "min.js" })).data).toBe(
    `1\t${"x".repeat(2000)} [… 9998000 more characters in this line]\n`
  )
})

it.each([
  ["an empty file", "", "[empty file]"],
  ["Windows line ends", "a\r\nb\r\n", "1\ta\n2\tb\n[CRLF line ends]"],
  ["a byte order mark", "\uFEFFa\n", "1\ta\n"],
  ["UTF-16", Buffer.from("\uFEFFhé\n", "utf16le"), "1\thé\n[utf-16le text]"],
  ["what is not UTF-8", Uint8Array.of(0x63, 0x61, 0x66, 0xe9), "1\tcafé\n[latin-1 text]"]
])("reads %s", async (_, content, expected) => {
  await using space = await workspace()
  await space.put({ file: content })
  expect((await space.call("read_file", { path: "file" })).data).toBe(expected)
})

it("shows images to models that can see", async () => {
  await using space = await workspace()
  await space.put({
    "a.png": png,
    "big.jpg": Buffer.concat([Uint8Array.of(0xff, 0xd8, 0xff), Buffer.alloc(4_000_000)])
  })
  expect(await space.call("read_file", { path: "a.png" })).toMatchObject({
    success: true,
    data: "a.png: image/png, 11 bytes",
    images: [{ mime: "image/png", data: Buffer.from(png).toString("base64") }]
  })
  expect(await space.call("read_file", { path: "big.jpg" })).toMatchObject({
    success: false,
    error: expect.stringContaining("too large to be shown")
  })
})

it.each([
  ["%PDF-1.7\n%âãÏÓ", "a PDF document"],
  [Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.alloc(20)]), "a ZIP archive"],
  [Buffer.concat([Buffer.from("\u007FELF"), Buffer.alloc(20)]), "an ELF program"],
  [Uint8Array.of(1, 2, 0, 3), "a binary file"]
])("names other formats and does not dump them", async (content, what) => {
  await using space = await workspace()
  await space.put({ file: content })
  expect(await space.call("read_file", { path: "file" })).toMatchObject({
    success: false,
    error: expect.stringContaining(what)
  })
})

it("says what is there instead of what is not", async () => {
  await using space = await workspace({ blocked: ["./src/settings.local"] })
  await space.put({ "src/settings.ts": "", "src/other.ts": "", "src/settings.local": "" })
  const ask = async (path: string) => (await space.call("read_file", { path })).error
  expect(await ask("src/setings.ts")).toBe("src/setings.ts does not exist; did you mean src/settings.ts?")
  expect(await ask("scr/settings.ts")).toBe(
    "scr/settings.ts does not exist (nor does the folder scr); look with list_files or glob"
  )
  expect(await ask("srcs/settings.ts")).toBe(
    "srcs/settings.ts does not exist (nor does the folder srcs); did you mean src?"
  )
  expect(await ask("src")).toBe("src is a folder: use list_files")
})

it("stays inside", async () => {
  await using space = await workspace()
  await symlink(space.outside, space.path("link"))
  await expect(space.call("read_file", { path: "link/x" })).rejects.toMatchObject({ kind: "permission_denied" })
  await expect(space.preview("read_file", { path: "/etc/passwd" })).rejects.toMatchObject({ kind: "permission_denied" })
})

it("reads the whole of a long output", async () => {
  await using space = await workspace({ outputLimit: 1000 })
  const { data } = await space.call("execute_bash", { command: "seq 1 3000" })
  const [, file = ""] = /the whole output is in (\S+),/.exec(String(data)) ?? []
  expect((await space.call("read_file", { path: file, offset: 2999 })).data).toBe("2999\t2999\n3000\t3000\n")
})
