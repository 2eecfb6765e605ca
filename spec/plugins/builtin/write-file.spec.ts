import { readFileSync } from "node:fs"
import { symlink } from "node:fs/promises"
import { expect, it } from "vitest"
import { workspace } from "../workspace.ts"

it("makes a file and shows what is in it", async () => {
  await using space = await workspace()
  const input = { path: "new/a.ts", content: "one\ntwo\n" }
  const diff = "--- /dev/null\n+++ new/a.ts\n@@ -0,0 +1,2 @@\n+one\n+two\n"
  expect(await space.preview("write_file", input)).toEqual({ paths: [space.path("new/a.ts")], diff })
  expect(await space.call("write_file", input)).toEqual({
    success: true,
    data: "created new/a.ts (+2 −0)",
    summary: "created new/a.ts (+2 −0)",
    diff
  })
  expect(space.text("new/a.ts")).toBe("one\ntwo\n")
})

it("writes over a file and shows what changed", async () => {
  await using space = await workspace()
  await space.put({ a: "one\ntwo\nthree\n" })
  expect(await space.call("write_file", { path: "a", content: "one\n2\nthree\n" })).toMatchObject({
    summary: "changed a (+1 −1)",
    diff: "--- a\n+++ a\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
  })
  expect(await space.call("write_file", { path: "a", content: "one\n2\nthree\n" })).toMatchObject({
    success: true,
    summary: "unchanged a"
  })
})

it("keeps a byte order mark that models do not see", async () => {
  await using space = await workspace()
  await space.put({ a: "\uFEFFold\r\n" })
  await space.call("write_file", { path: "a", content: "new\n" })
  expect(space.text("a")).toBe("\uFEFFnew\n")
})

it("writes large files, and gives no diff that nobody could read", async () => {
  await using space = await workspace()
  const content = "0123456789\n".repeat(1_000_000)
  expect(await space.call("write_file", { path: "big", content })).toEqual({
    success: true,
    data: "created big (+1000000 −0)",
    summary: "created big (+1000000 −0)",
    diff: undefined
  })
  expect(space.text("big")).toBe(content)
})

it("writes nothing outside", async () => {
  await using space = await workspace()
  await symlink(space.outside, space.path("link"))
  for (const path of ["link/x", "../outside/x", `${space.outside}/x`]) {
    await expect(space.call("write_file", { path, content: "x" })).rejects.toMatchObject({ kind: "permission_denied" })
    await expect(space.preview("write_file", { path, content: "x" })).rejects.toMatchObject({
      kind: "permission_denied"
    })
  }
  expect(() => readFileSync(`${space.outside}/x`)).toThrow("ENOENT")
})
