/** A folder of packages changes whole or not at all, whatever ends the change. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { afterEach, beforeEach, expect, it } from "vitest"
import { NotManaged } from "../../../actors/manage/not-managed.ts"
import { staged } from "../../../actors/manage/stage.ts"

let root: string
let folder: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-stage-")))
  folder = join(root, "config/plugins")
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const put = (at: string, version: string): void => {
  mkdirSync(join(at, "node_modules/p"), { recursive: true })
  writeFileSync(join(at, "node_modules/p/index.js"), version)
  for (const name of ["package.json", "package-lock.json"]) writeFileSync(join(at, name), version)
}

const there = (at = folder): ReadonlyArray<string> =>
  ["package.json", "package-lock.json", "node_modules/p/index.js"].map((name) => readFileSync(join(at, name), "utf8"))

const change = (use: (stage: string) => void) =>
  Effect.runPromiseExit(staged(folder, (stage) => Effect.sync(() => use(stage))))

const names = (): ReadonlyArray<string> => readdirSync(dirname(folder))

it("puts in place what was made, and leaves what else lies there", async () => {
  put(folder, "1")
  writeFileSync(join(folder, "words.ts"), "mine")
  await change((stage) => {
    expect(there(stage)).toEqual(["1", "1", "1"])
    put(stage, "2")
    expect(there()).toEqual(["1", "1", "1"])
  })
  expect(there()).toEqual(["2", "2", "2"])
  expect(readFileSync(join(folder, "words.ts"), "utf8")).toBe("mine")
  expect(names()).toEqual(["plugins"])
})

it("leaves everything as it was when it fails or dies, and no folder that it made", async () => {
  const fails = staged(folder, (stage) => {
    put(stage, "2")
    return Effect.fail(new NotManaged({ message: "no" }))
  })
  expect(Exit.isFailure(await Effect.runPromiseExit(fails))).toBe(true)
  expect(readdirSync(root)).toEqual([])
  put(folder, "1")
  expect(Exit.isFailure(await Effect.runPromiseExit(fails))).toBe(true)
  const dies = staged(folder, () => Effect.die("bug"))
  expect(Exit.isFailure(await Effect.runPromiseExit(dies))).toBe(true)
  expect(there()).toEqual(["1", "1", "1"])
  expect(names()).toEqual(["plugins"])
})

it("leaves everything as it was when it is interrupted", async () => {
  put(folder, "1")
  const begun = Promise.withResolvers<void>()
  const work = staged(folder, (stage) => {
    put(stage, "2")
    begun.resolve()
    return Effect.never
  })
  const fiber = Effect.runFork(work)
  await begun.promise
  await Effect.runPromise(Fiber.interrupt(fiber))
  expect(there()).toEqual(["1", "1", "1"])
  expect(names()).toEqual(["plugins"])
})

it("does not undo what somebody else has done meanwhile", async () => {
  put(folder, "1")
  const exit = await change((stage) => {
    put(stage, "2")
    put(folder, "3")
  })
  expect(String(exit)).toContain("another kintsugi has changed the plugins meanwhile")
  expect(there()).toEqual(["3", "3", "3"])
})

it("follows a link to where the folder really is", async () => {
  const real = join(root, "dotfiles/plugins")
  put(real, "1")
  mkdirSync(dirname(folder))
  symlinkSync(real, folder)
  await change((stage) => {
    expect(dirname(stage)).toBe(dirname(real))
    put(stage, "2")
  })
  expect(there()).toEqual(["2", "2", "2"])
  expect(realpathSync(folder)).toBe(real)
})

/** Belongs to no process. */
const dead = 2 ** 22 + 1

it("clears away what a killed process has left, and nothing of one that lives", async () => {
  put(folder, "1")
  put(`${folder}.new-${dead}-abc`, "9")
  put(`${folder}.new-${process.ppid}-abc`, "9")
  await change(() => {})
  expect(there()).toEqual(["1", "1", "1"])
  expect(names()).toEqual(["plugins", `plugins.new-${process.ppid}-abc`])
})

it.each(["before the new packages were there", "after them"])(
  "carries on a change that was killed %s",
  async (when) => {
    const stage = `${folder}.new-${dead}-abc`
    put(stage, "2")
    mkdirSync(folder, { recursive: true })
    for (const name of ["package.json", "package-lock.json"]) writeFileSync(join(folder, name), "1")
    mkdirSync(join(stage, ".previous/p"), { recursive: true })
    if (when === "after them") {
      mkdirSync(join(folder, "node_modules/p"), { recursive: true })
      writeFileSync(join(folder, "node_modules/p/index.js"), "2")
      rmSync(join(stage, "node_modules"), { recursive: true })
    }
    await change((copy) => expect(there(copy)).toEqual(["2", "2", "2"]))
    expect(there()).toEqual(["2", "2", "2"])
    expect(existsSync(stage)).toBe(false)
  }
)
