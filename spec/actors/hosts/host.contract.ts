/** What every place promises: the plugin behaves as if it ran here. */
import { createServer } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { HostFault, type Place } from "../../../actors/hosts/host.ts"
import { PortError } from "../../../plugins/ports.ts"
import type { ToolContext } from "../../../plugins/tool.ts"
import { type Workspace, workspace } from "../../plugins/workspace.ts"
import { every, faultOf, folderWith, household, open, type Opened } from "./opened.ts"

/** Passes on nothing until all has come. */
const inOnePiece = (): TransformStream<Uint8Array, Uint8Array> => {
  const pieces: Array<Uint8Array> = []
  return new TransformStream({
    transform: (piece) => void pieces.push(piece),
    flush: (controller) => controller.enqueue(new Uint8Array(Buffer.concat(pieces)))
  })
}

export const keepsTheContract = (place: Place): void => {
  let room: Workspace
  /** For all that let it live: one that serves many calls, as they do. */
  let ours: Opened
  const ends: Array<() => Promise<void>> = []
  beforeAll(async () => {
    room = await workspace()
    const until = (close: () => Promise<void>) => void ends.unshift(close)
    ours = await open(await household({ cwd: room.cwd }, until), place, every, {}, until)
  })
  afterAll(async () => {
    for (const end of ends) await end()
    await room[Symbol.asyncDispose]()
  })

  /** One of its own. */
  const enter = async (module = every): Promise<Opened> => open(await household({ cwd: room.cwd }), place, module)

  /** As a session does it: decoded, then executed. */
  const call = async (opened: Opened, name: string, input: unknown = {}, more: Partial<ToolContext> = {}) => {
    const decoded = await opened.tool(name).decode(input)
    if ("problems" in decoded) throw new Error(decoded.problems)
    return opened.tool(name).execute(decoded.input, { ...room.context, ...more })
  }
  const dataOf = async (...args: Parameters<typeof call>) => JSON.parse(String((await call(...args)).data))
  const errorOf = (...args: Parameters<typeof call>): Promise<Error & Record<string, unknown>> =>
    call(...args).then(
      () => Promise.reject(new Error("expected a failure")),
      (error) => error
    )

  describe("a tool", () => {
    it("is what it was defined as", async () => {
      const { host, tool } = ours
      expect(host).toMatchObject({ place, plugin: { name: "every" } })
      expect(tool("echo")).toMatchObject({
        risk: "network",
        idempotent: true,
        parallel: true,
        final: false,
        timeout: 7
      })
      expect(tool("echo").parameters).toMatchObject({ type: "object", required: ["text"] })
      expect(tool("throws")).toMatchObject({ description: "throws", risk: "read", idempotent: true })
    })

    it("answers, in any script", async () => {
      const text = 'naïve "\u2028\n\\ 漢字 🫖 \u0000'
      expect(await call(ours, "echo", { text })).toEqual({ success: true, data: text })
    })

    it("says what is wrong with an input", async () => {
      const { tool } = ours
      expect(await tool("echo").decode({ text: 5 })).toEqual({ problems: expect.stringContaining("text") })
    })

    it("shows what it is about to do", async () => {
      const { tool } = ours
      const preview = { risk: "read", summary: "hello", paths: [room.cwd], url: "http://x.test/" }
      expect(await tool("echo").preview({ text: "hello" }, room.context)).toEqual(preview)
      expect(await tool("throws").preview({}, room.context)).toEqual({})
    })

    it("gets what its schema makes of the input, also what fits into no JSON", async () => {
      const input = { from: "2026-11-22", seen: ["a", "b"] }
      expect(await call(ours, "days", input)).toMatchObject({ data: "2026 2" })
    })

    it("asks the user through the call that it runs for, and is never left with an error", async () => {
      const asked: Array<unknown> = []
      const ask: ToolContext["ask"] = async (inquiry) => {
        asked.push(inquiry)
        return { action: "accept", content: { name: "Ada", tags: ["a"] } }
      }
      const fields = [{ name: "name", type: "text", required: true }]
      const inquiry = { from: "every", message: "Who \u0000?", fields }
      expect(await dataOf(ours, "asks", { inquiry }, { ask })).toEqual(await ask(inquiry as never))
      expect(asked[0]).toEqual(inquiry)
      const broken: ToolContext["ask"] = async () => {
        throw new Error("the session is gone")
      }
      // Here it is handed the host's own, which keeps that promise.
      if (place === "in_process") return
      expect(await dataOf(ours, "asks", { inquiry }, { ask: broken })).toMatchObject({
        action: "cancel",
        reason: expect.stringContaining("the session is gone")
      })
    })

    it("may give a long answer", async () => {
      const { data } = await call(ours, "big", { length: 5_000_000 })
      expect(String(data).length).toBe(5_000_000)
    })

    it("runs a hundred times at once", async () => {
      const texts = Array.from({ length: 100 }, (_, n) => `text ${n}`)
      const answers = await Promise.all(texts.map((text) => call(ours, "echo", { text })))
      expect(answers.map(({ data }) => data)).toEqual(texts)
    })

    it("tells its progress before its answer, in order", async () => {
      const told: Array<string> = []
      const tell = (text: string) => void told.push(text)
      await call(ours, "progress", {}, { progress: tell, log: tell }).then(() => told.push("answered"))
      expect(told).toEqual(["one", "twó", "three", "logged", "answered"])
    })
  })

  describe("an error", () => {
    it("arrives with its name, message, code, stack and causes", async () => {
      const error = await errorOf(ours, "throws")
      expect(error).toMatchObject({ name: "Failed", message: "on purpose", code: "E_OWN", syscall: "open" })
      expect(error.stack).toContain("every.ts")
      expect(error.cause).toBeInstanceOf(TypeError)
      expect(error.cause).toMatchObject({ message: "beneath" })
      expect(error).not.toBeInstanceOf(HostFault)
    })

    it("of the language keeps its class", async () => {
      expect(await errorOf(ours, "throws_range")).toBeInstanceOf(RangeError)
    })

    it("of a port stays one, thrown by the port or by the plugin", async () => {
      const thrown = await errorOf(ours, "throws_port")
      expect(thrown).toBeInstanceOf(PortError)
      expect(thrown).toMatchObject({ kind: "not_found", message: "there is none" })
      const refused = await errorOf(ours, "read_outside")
      expect(refused).toBeInstanceOf(PortError)
      expect(refused).toMatchObject({ kind: "permission_denied" })
      expect(await call(ours, "read_outside_caught")).toMatchObject({ data: "PortError permission_denied" })
    })
  })

  describe("the host's ports", () => {
    it("read and write files", async () => {
      const found = { text: "héllo", bytes: [0, 255, 10, 13], kind: "folder", missing: true, inside: true }
      expect(await dataOf(ours, "write_and_read")).toEqual({ ...found, shown: "deep/a.txt" })
    })

    it("run commands and show their output as it comes", async () => {
      const whole = { code: 3, output: "one\ntwo\n", pieces: "one\ntwo\n" }
      expect(await dataOf(ours, "run")).toEqual(whole)
    })

    it("stop when the plugin says so", async () => {
      expect(await call(ours, "run_aborted")).toMatchObject({ data: "SIGTERM" })
    })

    it("keep jobs, started and listed at once", async () => {
      expect(await dataOf(ours, "job")).toEqual({ state: "running", listed: [true], ended: "stopped" })
      expect(await call(ours, "job_refused")).toMatchObject({ data: "PortError invalid_arguments" })
    })

    it("fetch", async () => {
      const server = createServer(async (request, response) => {
        const sent = Buffer.concat(await request.toArray()).toString()
        response.writeHead(201, { "x-given": String(request.headers["x-own"]) }).end(`${sent} ${"é".repeat(500_000)}`)
      })
      await once(server.listen(0, "127.0.0.1"), "listening")
      onTestFinished(() => void server.close())
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      const answer = await dataOf(ours, "fetch", { url })
      expect(answer).toEqual({ status: 201, url, given: "yes", body: `sent ${"é".repeat(500_000)}` })
    })
  })

  it("fetch gives a body whole, however large its pieces are", async () => {
    const body = "ab".repeat(500_000)
    const fetch = async () => new Response(new Blob([body]).stream().pipeThrough(inOnePiece()), { status: 201 })
    const answer = await dataOf(ours, "fetch", { url: "http://x.test/" }, { fetch })
    expect(answer).toMatchObject({ status: 201, body })
  })

  describe("an abort", () => {
    it("is heard by the caller at once and by the tool as well", async () => {
      const abort = new AbortController()
      const progress = () => abort.abort(new Error("enough"))
      const error = await errorOf(ours, "until_aborted", {}, { signal: abort.signal, progress })
      expect(error.message).toBe("enough")
      expect((await call(ours, "happened")).data).toContain("aborted: enough")
    })

    it("before the call keeps it from running", async () => {
      const error = await errorOf(ours, "echo", { text: "x" }, { signal: AbortSignal.abort(new Error("no")) })
      expect(error.message).toBe("no")
    })

    it("ends nobody whose event loop turns", async () => {
      await errorOf(ours, "never", {}, { signal: AbortSignal.timeout(10) })
      const answers = Array.from({ length: 20 }, () => call(ours, "run"))
      expect(await Promise.all(answers)).toHaveLength(20)
    })
  })

  describe("its life", () => {
    it("starts, prompts and stops", async () => {
      const opened = await enter()
      const { plugin } = opened.host
      const before = String((await call(opened, "happened")).data)
      await plugin.start?.({ cwd: room.cwd, flags: {} })
      expect(await plugin.systemPrompt?.({ session: "s", cwd: "." })).toMatch(/^I am every, since \d+ start$/)
      await plugin.stop?.()
      expect(String((await call(opened, "happened")).data).slice(before.length)).toMatch(/started in work, stopped$/)
    })

    it("ends with its scope: what is under way is answered, what comes later is refused", async () => {
      const opened = await enter()
      const open = errorOf(opened, "never")
      const ended = faultOf(opened.host.ended)
      await call(opened, "echo", { text: "x" })
      await opened.close()
      const closed = { kind: "closed", plugin: "every", place }
      expect(await open).toMatchObject(closed)
      expect(await ended).toMatchObject(closed)
      expect(
        await opened
          .tool("echo")
          .execute({}, room.context)
          .catch((error) => error)
      ).toMatchObject(closed)
    })
  })

  describe("a module", () => {
    const fault = async (source: string, name = "guest.mjs") => {
      const folder = await folderWith({ [name]: source })
      const home = await household({ cwd: room.cwd })
      return faultOf(Effect.scoped(home.open(place, { name: "guest", module: `${folder}/${name}` })))
    }

    it.each([
      ["does not parse", "export default {", /cannot be loaded/],
      ["has no default export", "export const x = 1", /no default export/],
      ["imports what is missing", 'import "no-such-package-anywhere"\nexport default {}', /no-such-package-anywhere/],
      ["throws", 'throw new Error("at the top")', /at the top/],
      ["exports no plugin", "export default 5", /must be a plugin object or a class/],
      ["has no name", "export default { tools: [] }", /name must be/],
      ["has a wrong hook", 'export default { name: "x", start: 5 }', /start must be a function/],
      ["has a wrong tool", 'export default { name: "x", tools: [{ name: "y" }] }', /description must be/]
    ])("that %s is a fault of loading", async (_, source, message) => {
      const found = await fault(source)
      expect(found).toMatchObject({ kind: "load", plugin: "guest", place })
      expect(found.message).toMatch(message)
      expect(found.cause).toBeInstanceOf(Error)
    })

    it("that is not there is one, too", async () => {
      const home = await household({ cwd: room.cwd })
      const missing = { name: "guest", module: `${room.cwd}/none.mjs` }
      expect(await faultOf(Effect.scoped(home.open(place, missing)))).toMatchObject({ kind: "load", plugin: "guest" })
    })

    it.each([
      ["a class", 'export default class { name = "own"; n = 41; systemPrompt() { return String(++this.n) } }'],
      ["a plain object", 'export default { name: "own", n: 41, systemPrompt() { return String(++this.n) } }']
    ])("may export %s; its instance is `this`", async (_, source) => {
      const folder = await folderWith({ "guest.mjs": source })
      const { host } = await enter(`${folder}/guest.mjs`)
      expect(host.plugin.name).toBe("own")
      expect(await host.plugin.systemPrompt?.({ session: "s", cwd: "." })).toBe("42")
    })

    it("says what it promises: hooks, defaults, examples", async () => {
      const tool = `{ name: "plain", description: "x", risk: "read", input: { type: "object" }, execute: () => "yes",
        examples: [{ input: {}, output: "yes", files: { a: "b" }, commands: { ls: { code: 1, output: "" } } }] }`
      const source = `export default { name: "own", hooks: ["stop"], defaults: { seen: [] }, tools: [${tool}], systemPrompt: () => "" }`
      const folder = await folderWith({ "guest.mjs": source })
      const { host, tool: find } = await enter(`${folder}/guest.mjs`)
      expect(host.plugin).toMatchObject({ hooks: ["stop"], defaults: { seen: [] } })
      expect(host.plugin.stop).toBeUndefined()
      const example = { input: {}, output: "yes", files: { a: "b" }, commands: { ls: { code: 1, output: "" } } }
      expect(find("plain").examples).toEqual([example])
    })

    it("may guard the tools: its no and its change of the input arrive, its mistakes are failures", async () => {
      const source = `const says = { no: { deny: "because" }, other: { input: { a: 1 } }, both: 5, none: undefined }
        export default { name: "own", tools: [], mine: says, beforeToolExecute({ tool, input }) { return this.mine[tool] ?? input?.back } }`
      const folder = await folderWith({ "guest.mjs": source })
      const { beforeToolExecute: guard } = (await enter(`${folder}/guest.mjs`)).host.plugin
      expect(await guard?.({ session: "s", callId: "c", tool: "no", input: {} })).toEqual({ deny: "because" })
      expect(await guard?.({ session: "s", callId: "c", tool: "other", input: {} })).toEqual({ input: { a: 1 } })
      expect(await guard?.({ session: "s", callId: "c", tool: "none", input: {} })).toBeUndefined()
    })

    it("A6: a hook that is a getter is a fault of loading, and is not read", async () => {
      const found = await fault('export default { name: "x", get start() { throw new Error("read") } }')
      expect(found.message).toMatch(/hook start is a getter/)
    })

    it("may write its tools as plain objects", async () => {
      const tool = `{ name: "plain", description: "x", risk: "read", input: { type: "object", required: ["n"] }, execute: () => "yes" }`
      const folder = await folderWith({ "guest.mjs": `export default { name: "own", tools: [${tool}] }` })
      const opened = await enter(`${folder}/guest.mjs`)
      expect(await opened.tool("plain").decode({})).toEqual({ problems: expect.stringContaining("n") })
      expect(await call(opened, "plain", { n: 1 })).toEqual({ success: true, data: "yes" })
    })
  })
}
