import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { keyFileIn } from "../../../actors/keys/key-file.ts"

it("two processes that store keys at once lose none", async () => {
  const root = mkdtempSync(join(tmpdir(), "kintsugi-keys-"))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const path = keyFileIn(root)
  const module = new URL("../../../actors/keys/write-key.ts", import.meta.url).href
  // Both begin when both are ready: without a lock they would lose half of it.
  const code = `const { storeKey } = await import(${JSON.stringify(module)})
    process.stdout.write("ready")
    process.stdin.once("data", () => {
      for (let n = 0; n < 25; n++) storeKey(${JSON.stringify(path)}, process.argv[1] + n, { key: "k" + n })
      process.exit(0)
    })`
  const writers = ["a", "b"].map((name) =>
    spawn(process.execPath, ["--input-type=module", "-e", code, name], { stdio: ["pipe", "pipe", "inherit"] })
  )
  const ends = writers.map((one) => once(one, "close"))
  await Promise.all(writers.map(({ stdout }) => once(stdout, "data")))
  for (const { stdin } of writers) stdin.write("go")
  expect(await Promise.all(ends)).toEqual([
    [0, null],
    [0, null]
  ])
  const kept = Object.keys(JSON.parse(readFileSync(path, "utf8")))
  expect(kept.toSorted()).toEqual(
    ["a", "b"].flatMap((name) => Array.from({ length: 25 }, (_, n) => name + n)).toSorted()
  )
})
