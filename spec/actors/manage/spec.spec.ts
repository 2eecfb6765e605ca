/** What people write is told to npm so that it means the same from any folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { readSpec } from "../../../actors/manage/spec.ts"

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "kintsugi-spec-"))
  mkdirSync(join(cwd, "words"))
  writeFileSync(join(cwd, "words/package.json"), '{ "name": "kintsugi-plugin-words" }')
  writeFileSync(join(cwd, "words.tgz"), "")
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

it.each([
  ["words", "words@latest", "words"],
  ["@own/words", "@own/words@latest", "@own/words"],
  ["words@1.2.3", "words@1.2.3", "words"],
  ["words@^1 || 2", "words@^1 || 2", "words"],
  ["@own/words@next", "@own/words@next", "@own/words"],
  ["own/words", "own/words", undefined],
  ["own/words#v1", "own/words#v1", undefined],
  ["github:own/words", "github:own/words", undefined],
  ["git@host.example:own/words.git", "git@host.example:own/words.git", undefined],
  ["git+ssh://git@host.example/own/words.git#main", "git+ssh://git@host.example/own/words.git#main", undefined],
  ["https://host.example/words.tgz", "https://host.example/words.tgz", undefined],
  ["words@npm:other@1", "words@npm:other@1", undefined]
])("%s is told as %s", (typed, npm, name) => {
  expect(readSpec(typed, cwd)).toEqual({ typed, npm, ...(name === undefined ? {} : { package: name }) })
})

it.each(["./words", "./words/", "file:words", "file:./words"])("%s is the folder from here", (typed) => {
  expect(readSpec(typed, cwd)).toEqual({ typed, npm: join(cwd, "words"), package: "kintsugi-plugin-words" })
})

it.each(["words.tgz", "./words.tgz", "../words.tgz"])("%s is a tarball from here", (typed) => {
  expect(readSpec(typed, typed.startsWith("..") ? join(cwd, "words") : cwd)).toEqual({
    typed,
    npm: join(cwd, "words.tgz")
  })
})

it.each(["", "  ", "--force", "-g", "--registry=http://a@b:1/", "words/", "_words", "wörds", "a b", "node_modules"])(
  "%j is nothing to install",
  (typed) => {
    expect(() => readSpec(typed, cwd)).toThrow(expect.objectContaining({ isUsage: true }))
  }
)

it("of a name that is a plugin's folder here, too, it has to be said which is meant", () => {
  writeFileSync(
    join(cwd, "words/package.json"),
    '{ "name": "kintsugi-plugin-words", "kintsugi": { "plugin": "./index.js" } }'
  )
  expect(() => readSpec("words", cwd)).toThrow("write ./words")
  expect(readSpec("words@latest", cwd)).toMatchObject({ npm: "words@latest" })
})

it("a flag of npm's cannot come in behind a name", () => {
  for (const typed of ["words@--force", "words@ --ignore-scripts=false"])
    expect(readSpec(typed, cwd).npm.startsWith("words@")).toBe(true)
})
