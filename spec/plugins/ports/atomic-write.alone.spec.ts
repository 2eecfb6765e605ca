import type * as fs from "node:fs/promises"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { files } from "../../../plugins/ports/files.ts"

const refusal = vi.hoisted(() => ({ code: undefined as string | undefined }))

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>()
  const rename: typeof real.rename = async (from, to) => {
    if (refusal.code !== undefined) throw Object.assign(new Error(refusal.code), { code: refusal.code })
    return real.rename(from, to)
  }
  return { ...real, rename }
})

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "kintsugi-atomic-"))
})
afterEach(() => rm(cwd, { recursive: true }))

it("keeps the old file and no temporary one when the last step fails", async () => {
  const { write } = files({ cwd, allowed: ["./"], blocked: [] })
  await write("a", "old")
  refusal.code = "ENOSPC"
  await expect(write("a", "new")).rejects.toMatchObject({
    kind: "execution_error",
    message: "a: does not fit: the disk is full"
  })
  refusal.code = undefined
  expect([await readFile(join(cwd, "a"), "utf8"), await readdir(cwd)]).toEqual(["old", ["a"]])
})
