import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { openTrust } from "../../actors/trust.ts"
import { makeWorld, type World } from "./world.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
})
afterEach(() => world.remove())

const trust = (env: Readonly<Record<string, string>> = {}) => openTrust({ env, home: world.home })
const store = () => join(world.home, ".local/state/kintsugi/trust")

it("trusts no folder until the user does, and then for every later process", () => {
  expect(trust().isTrusted(world.cwd)).toBe(false)
  expect(trust().problem(world.cwd)).toBeUndefined()
  expect(trust().trust(world.cwd)).toBe(world.cwd)
  expect(trust().isTrusted(world.cwd)).toBe(true)
  expect(trust().isTrusted(world.home)).toBe(false)
})

it("takes the trust back, also of a folder that is gone", () => {
  trust().trust(world.cwd)
  expect([trust().revoke(world.cwd), trust().isTrusted(world.cwd), trust().revoke(world.cwd)]).toEqual([
    true,
    false,
    false
  ])
  trust().trust(world.cwd)
  rmSync(world.cwd, { recursive: true })
  expect(trust().revoke(world.cwd)).toBe(true)
  mkdirSync(world.cwd)
  expect(trust().isTrusted(world.cwd)).toBe(false)
})

it("means the real folder, whatever way leads there, and no folder inside it", () => {
  const link = join(world.root, "link")
  symlinkSync(world.cwd, link)
  expect(trust().trust(link)).toBe(world.cwd)
  expect(trust().isTrusted(`${world.cwd}/../project/`)).toBe(true)
  mkdirSync(join(world.cwd, "node_modules/evil"), { recursive: true })
  expect(trust().isTrusted(join(world.cwd, "node_modules/evil"))).toBe(false)
  expect(trust().isTrusted(world.root)).toBe(false)
  // A link that is turned elsewhere does not take the trust along.
  rmSync(link)
  symlinkSync(world.home, link)
  expect(trust().isTrusted(link)).toBe(false)
})

it("refuses what is not a folder", () => {
  expect(() => trust().trust(join(world.cwd, "nothing"))).toThrow(/nothing is not a folder/)
  expect(() => trust().trust(world.write(join(world.cwd, "file"), ""))).toThrow(/file is not a folder/)
  expect(existsSync(store())).toBe(false)
})

it("keeps its decisions for the user alone, whole files only", () => {
  trust().trust(world.cwd)
  trust().trust(world.home)
  expect(statSync(store()).mode & 0o777).toBe(0o700)
  expect(readdirSync(store()).map((name) => statSync(join(store(), name)).mode & 0o777)).toEqual([0o600, 0o600])
})

it.each(["", "{", "null", '{"folder":"/elsewhere"}', "\0"])(
  "trusts nothing on a damaged decision (%j), and says so",
  (text) => {
    trust().trust(world.cwd)
    const [name = ""] = readdirSync(store())
    writeFileSync(join(store(), name), text)
    expect(trust().isTrusted(world.cwd)).toBe(false)
    expect(trust().problem(world.cwd)).toMatch(/cannot be read.*kintsugi trust/)
    trust().trust(world.cwd)
    expect(trust().isTrusted(world.cwd)).toBe(true)
    expect(trust().problem(world.cwd)).toBeUndefined()
  }
)

it("trusts every folder where KINTSUGI_TRUST is 1, and only then", () => {
  expect(trust({ KINTSUGI_TRUST: "1" }).isTrusted(world.cwd)).toBe(true)
  for (const value of ["", "0", "yes", "true"])
    expect(trust({ KINTSUGI_TRUST: value }).isTrusted(world.cwd)).toBe(false)
})
