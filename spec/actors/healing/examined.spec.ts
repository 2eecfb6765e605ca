import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { expect, it, onTestFinished } from "vitest"
import { type Examined, fileOf, rememberedFlaws, rememberFlaws } from "../../../actors/healing/examined.ts"

const ward = async (): Promise<Examined> => {
  const folder = await mkdtemp(join(tmpdir(), "kintsugi-examined-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const module = join(folder, "words.js")
  await writeFile(module, "export default {}")
  return { module, overlay: Effect.succeed({ sources: new Map() }), desk: { home: { isKept: true, folder } } }
}

it("remembers what was found of a code, and of that code only", async () => {
  const one = await ward()
  expect(await Effect.runPromise(rememberedFlaws(one))).toBeUndefined()
  await Effect.runPromise(rememberFlaws(one, { shout: "no" }, await Effect.runPromise(fileOf(one))))
  expect(await Effect.runPromise(rememberedFlaws(one))).toEqual({ shout: "no" })
  await writeFile(one.module, "export default { edited: true }")
  expect(await Effect.runPromise(rememberedFlaws(one))).toBeUndefined()
})

it("remembers nothing of a code that was edited while its examples were being tried", async () => {
  const one = await ward()
  const looked = await Effect.runPromise(fileOf(one))
  await writeFile(one.module, "export default { edited: true }")
  await Effect.runPromise(rememberFlaws(one, {}, looked))
  expect(await Effect.runPromise(rememberedFlaws(one))).toBeUndefined()
})
