/** What the places of one runtime share, and what only a child is: confined, replaced from a spare, watched. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { describe, expect, it, vi } from "vitest"
import { isGone } from "../../plugins/ports/processes.ts"
import { workspace } from "../../plugins/workspace.ts"
import { every, faultOf, folderWith, household, open, type Opened } from "./opened.ts"

const guest = (body: string, imports = "") => `${imports}
export default { name: "own", tools: [{
  name: "go", description: "x", risk: "read", input: { type: "object" },
  execute: async (input, context) => { ${body} }
}] }`

const enter = async (body: string, options: Parameters<typeof household>[0] = {}, imports = ""): Promise<Opened> => {
  const folder = await folderWith({ "guest.mjs": guest(body, imports) })
  return open(await household(options), "child", join(folder, "guest.mjs"))
}

/** @param patience Milliseconds until the call is aborted. */
const go = async ({ tool }: Opened, patience?: number) => {
  await using room = await workspace()
  const signal = patience === undefined ? room.context.signal : AbortSignal.timeout(patience)
  return await tool("go").execute({}, { ...room.context, signal })
}

const alive = (pid: number | undefined): boolean => pid !== undefined && !isGone(pid)

describe("a plugin far from ours", () => {
  const typed = `
import { definePlugin, defineTool, PortError } from "kintsugi/plugin"
import * as z from "zod"
import own from "own"
const input = z.object({ path: z.string() })
export default definePlugin({ name: "far", tools: [defineTool({
  name: "go", description: "x", risk: "read", input,
  async execute({ path }: z.infer<typeof input>, { files }): Promise<string> {
    const error: unknown = await files.read(path).catch((error: unknown) => error)
    return [error instanceof PortError, own].join(" ")
  }
})] })`

  it.each(["worker", "child"] as const)("imports kintsugi/plugin, zod and what it brings itself: %s", async (place) => {
    const folder = await folderWith({ "guest.ts": typed })
    mkdirSync(join(folder, "node_modules/own"), { recursive: true })
    writeFileSync(join(folder, "node_modules/own/index.js"), "module.exports = 'its own'")
    const { tool } = await open(await household(), place, join(folder, "guest.ts"))
    await using room = await workspace()
    const answer = await tool("go").execute({ path: "/etc/passwd" }, room.context)
    expect(answer).toEqual({ success: true, data: "true its own" })
  })

  it("reads its package, and nothing around it", async () => {
    const folder = await folderWith({ secret: "s", "package.json": "{}" })
    mkdirSync(join(folder, "plugin/dist"), { recursive: true })
    writeFileSync(join(folder, "plugin/package.json"), '{ "kintsugi": { "plugin": "dist/guest.mjs" } }')
    writeFileSync(join(folder, "plugin/data.txt"), "data")
    const body = `const read = (name) => { try { return readFileSync(new URL(name, import.meta.url), "utf8") } catch (error) { return error.code } }
      return [read("../data.txt"), read("../../secret")].join()`
    const module = join(folder, "plugin/dist/guest.mjs")
    writeFileSync(module, guest(body, 'import { readFileSync } from "node:fs"'))
    expect(await go(await open(await household(), "child", module))).toMatchObject({ data: "data,ERR_ACCESS_DENIED" })
    // The package around it is no plugin's, but a project's.
    mkdirSync(join(folder, "loose"))
    writeFileSync(
      join(folder, "loose/guest.mjs"),
      guest(body, 'import { readFileSync } from "node:fs"').replace("../../", "../")
    )
    const loose = await open(await household(), "child", join(folder, "loose/guest.mjs"))
    expect((await go(loose)).data).toMatch(/,ERR_ACCESS_DENIED$/)
  })

  it("is not opened by a star in the name of its folder, which Node would take for a wildcard", async () => {
    const folder = await folderWith({ "secret/a": "s", "sec*/package.json": "{}" })
    const module = join(folder, "sec*/guest.mjs")
    writeFileSync(module, guest("return 1"))
    await expect(open(await household(), "child", module).then(go)).rejects.toThrow(/cannot be loaded: Access/)
  })

  it.each(["worker", "child"] as const)("cannot change the built-in objects: %s", async (place) => {
    const body = `try { Array.prototype.own = 1; return "changed" } catch (error) { return error.name }`
    const folder = await folderWith({ "guest.mjs": guest(body) })
    const opened = await open(await household(), place, join(folder, "guest.mjs"))
    expect(await go(opened)).toMatchObject({ data: "TypeError" })
  })

  it("works in the working folder, with few variables", async () => {
    vi.stubEnv("SOME_API_KEY", "sk-secret")
    vi.stubEnv("NODE_OPTIONS", "--no-warnings")
    const cwd = await folderWith({})
    const opened = await enter("return JSON.stringify([process.cwd(), Object.keys(process.env)])", { cwd })
    vi.unstubAllEnvs()
    const [where, names] = JSON.parse(String((await go(opened)).data))
    expect(where).toBe(cwd)
    expect(names).toContain("PATH")
    expect(names.filter((name: string) => /KEY|NODE_OPTIONS|VITEST/.test(name))).toEqual([])
  })
})

describe("output", () => {
  const hearing = () => {
    const heard: Array<string> = []
    return { heard, log: (line: string) => void heard.push(line) }
  }

  it("is heard with the plugin's name", async () => {
    const { heard, log } = hearing()
    await go(await enter('console.log("out"); console.error("err"); return "x"', { log }))
    await vi.waitFor(() => expect(heard.toSorted()).toEqual(["own: err", "own: out"]))
  })

  it("is heard up to its limit", async () => {
    const { heard, log } = hearing()
    const body = 'for (let n = 0; n < 500; n++) console.log("line", n); return "x"'
    await go(await enter(body, { log, limits: { output: 1000 } }))
    await vi.waitFor(() => expect(heard.at(-1)).toContain("no more of it is shown"))
    expect(heard.length).toBeLessThan(500)
  })

  it("is in the words of its end", async () => {
    const opened = await enter('console.error("disk on fire"); process.exit(7)')
    const error = await go(opened).catch((error: unknown) => error)
    expect(error).toMatchObject({ kind: "exited", plugin: "own", tool: "go" })
    expect(String(error)).toMatch(/exit code 7, after writing "disk on fire"/)
  })
})

describe("an answer larger than a message", () => {
  it("is an error of its call, and no more", async () => {
    const opened = await enter('return "x".repeat(200_000)', { limits: { message: 100_000 } })
    await expect(go(opened)).rejects.toThrow(/too large/)
    expect(alive(opened.host.pid)).toBe(true)
  })
})

describe("a place that hangs", () => {
  it("is ended after its silence, also when nobody aborts", async () => {
    const opened = await enter("for (;;);", { limits: { silence: 400 } })
    await expect(go(opened)).rejects.toMatchObject({ kind: "hung", tool: "go" })
    await vi.waitFor(() => expect(alive(opened.host.pid)).toBe(false))
  })

  it("keeps no caller waiting who has aborted", async () => {
    // No silence would end it.
    const opened = await enter("for (;;);", { limits: { silence: 1e9 } })
    const ended = faultOf(opened.host.ended)
    await expect(go(opened, 50)).rejects.toMatchObject({ name: "TimeoutError" })
    expect(await ended).toMatchObject({ kind: "hung", tool: "go" })
  })
})

describe("strays", () => {
  it("are told and harm nobody when an aborted call left them", async () => {
    const body = `
      context.signal.addEventListener("abort", () => void Promise.reject(new DOMException("late", "AbortError")))
      return new Promise(() => {})`
    const opened = await enter(body)
    const strays: Array<unknown> = []
    opened.host.onStray((stray) => strays.push(stray))
    await expect(go(opened, 20)).rejects.toMatchObject({ name: "TimeoutError" })
    await vi.waitFor(() => expect(strays).toMatchObject([{ tool: "go", error: { name: "AbortError" } }]))
    expect(alive(opened.host.pid)).toBe(true)
  })
})

describe("a warm spare", () => {
  /** Long enough for one to get ready on a busy machine. */
  const spareOf = async (modules: ReadonlyArray<string>, first: string) => {
    const home = await household({ modules })
    const before = await open(home, "child", first)
    return { home, before }
  }

  it("takes the place of one that ended, and is replaced", async () => {
    const { home, before } = await spareOf([every], every)
    const pids = new Set([before.host.pid])
    for (let round = 0; round < 2; round++) {
      await vi.waitUntil(() => home.spare() !== undefined, { timeout: 10_000 })
      const ready = home.spare()
      const { host, tool } = await open(home, "child")
      expect(host.pid).toBe(ready)
      pids.add(host.pid)
      await using room = await workspace()
      expect(await tool("echo").execute({ text: "x" }, room.context)).toMatchObject({ data: "x" })
    }
    expect(pids.size).toBe(3)
  })

  it("is of no use for a plugin that was not announced", async () => {
    const { home } = await spareOf([every], every)
    await vi.waitUntil(() => home.spare() !== undefined, { timeout: 10_000 })
    const folder = await folderWith({ "guest.mjs": guest('return "cold"') })
    const ready = home.spare()
    const opened = await open(home, "child", join(folder, "guest.mjs"))
    expect(opened.host.pid).not.toBe(ready)
    expect(await go(opened)).toMatchObject({ data: "cold" })
  })
})

describe("an end", () => {
  it("comes to all places with the household, spares too", async () => {
    const home = await household({ modules: [every] })
    const places = await Promise.all([open(home, "child"), open(home, "child")])
    await vi.waitUntil(() => home.spare() !== undefined, { timeout: 10_000 })
    const pids = [...places.map(({ host }) => host.pid), home.spare()]
    expect(pids.filter(alive)).toHaveLength(3)
    const faults = places.map(({ host }) => faultOf(host.ended))
    await home.close()
    expect(pids.filter(alive)).toEqual([])
    expect((await Promise.all(faults)).map(({ kind }) => kind)).toEqual(["closed", "closed"])
  })

  it("asks a started plugin to stop, and does not wait for ever", async () => {
    const folder = await folderWith({
      "guest.mjs": 'export default { name: "own", start() {}, stop: () => new Promise(() => {}) }'
    })
    const opened = await open(await household({ stopWithin: 50 }), "child", join(folder, "guest.mjs"))
    await opened.host.plugin.start?.({ cwd: folder, flags: {} })
    await opened.close()
    expect(alive(opened.host.pid)).toBe(false)
  })

  it("comes by hand, at once", async () => {
    const opened = await open(await household(), "child")
    const ended = faultOf(opened.host.ended)
    opened.host.kill()
    expect(await ended).toMatchObject({ kind: "closed" })
    await vi.waitFor(() => expect(alive(opened.host.pid)).toBe(false))
  })

  it.runIf(existsSync("/proc"))("comes to one that is still loading when nobody wants it any more", async () => {
    const folder = await folderWith({
      "guest.mjs": "console.log(process.pid)\nawait new Promise(() => setTimeout(() => {}, 1e6))"
    })
    const heard: Array<string> = []
    const home = await household({ log: (line) => void heard.push(line) })
    const opening = home.open("child", { name: "guest", module: join(folder, "guest.mjs") })
    // Of a scope that goes on.
    const fiber = Effect.runFork(Scope.provide(opening, Scope.makeUnsafe()))
    await vi.waitFor(() => expect(heard).toHaveLength(1), 10_000)
    const pid = Number(heard[0]?.replace("guest: ", ""))
    expect(alive(pid)).toBe(true)
    await Effect.runPromise(Fiber.interrupt(fiber))
    expect(alive(pid)).toBe(false)
  })

  it("comes to one that loads too long", async () => {
    const folder = await folderWith({ "guest.mjs": "await new Promise(() => setTimeout(() => {}, 1e6))" })
    const home = await household({ limits: { load: 300 } })
    const opening = home.open("child", { name: "guest", module: join(folder, "guest.mjs") })
    expect(await faultOf(Effect.scoped(opening))).toMatchObject({ kind: "load", plugin: "guest" })
  })
})
