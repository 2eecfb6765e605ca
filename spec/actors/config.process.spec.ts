import { execFileSync } from "node:child_process"
import { afterEach, beforeEach, expect, it } from "vitest"
import { makeWorld, type World } from "./world.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
})
afterEach(() => world.remove())

/** Loads the configuration in a fresh process and tells which packages that loaded. */
const packagesLoaded = (env: Readonly<Record<string, string>> = {}): ReadonlyArray<string> => {
  const script = `
    import { isBuiltin, registerHooks } from "node:module"
    const packages = new Set()
    registerHooks({ resolve: (specifier, context, next) => {
      if (/^[a-z@]/.test(specifier) && !specifier.includes(":") && !isBuiltin(specifier)) packages.add(specifier)
      return next(specifier, context)
    } })
    const { loadConfig } = await import(${JSON.stringify(new URL("../../actors/config.ts", import.meta.url).href)})
    await loadConfig({ cwd: ${JSON.stringify(world.cwd)}, home: ${JSON.stringify(world.home)}, env: process.env, flags: { llm: { model: "a/b" } } })
    console.log(JSON.stringify([...packages]))
  `
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...env },
    encoding: "utf8"
  })
  const packages: ReadonlyArray<string> = JSON.parse(output)
  return packages.toSorted()
}

it("loads no package when there is nothing to read", () => {
  expect(packagesLoaded({ KINTSUGI_TRUST: "1" })).toEqual([])
})

it("loads what it needs to check a file or a variable", () => {
  expect(packagesLoaded({ KINTSUGI_LLM_TIMEOUT: "1" })).toEqual(["fastest-levenshtein", "yaml", "zod"])
  world.write(world.userFile, "llm: { timeout: 1 }")
  expect(packagesLoaded()).toEqual(["fastest-levenshtein", "yaml", "zod"])
})
