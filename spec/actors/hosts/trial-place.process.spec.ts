/** A place for trials: its code again and again, anew each time, and no way out of it (A21, A28). */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { homedir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { HostFault, type TrialPlace } from "../../../actors/hosts/host.ts"
import { hookNames } from "../../../plugins/hooks.ts"
import { contextWith } from "./containment-place.ts"
import { folderWith, household } from "./opened.ts"

const enter = async (folder: string, module = "index.mjs"): Promise<TrialPlace> => {
  const place = await (await household()).trial({ name: "guest", module: join(folder, module) })
  onTestFinished(() => place.close())
  return place
}

const schema = `{ type: "object" }`
const tool = (body: string, name = "act") =>
  `{ name: "${name}", description: "x", risk: "read", input: ${schema}, execute: async (input) => { ${body} } }`
const plugin = (...tools: ReadonlyArray<string>) => `export default { name: "own", tools: [${tools.join()}] }`

const ask = async (place: TrialPlace, name = "act", at = 0): Promise<unknown> => {
  const context = { ...contextWith(new AbortController().signal), taskStartedAt: at }
  const answer = await place.execute(name, {}, context)
  return (answer as { readonly data?: unknown }).data
}

describe("code that is loaded again", () => {
  it("runs anew with all files of its own, in ECMAScript and in CommonJS, and its dependencies do not", async () => {
    const folder = await folderWith({
      "index.mjs": `import { n } from "./part.mjs"\nimport common from "./common.cjs"\nimport dep from "dep"
        ${plugin(tool("return [n, ++common.count, ++dep.count].join()"))}`,
      "part.mjs": "export const n = 0",
      "common.cjs": "exports.count = 0; exports.deep = require('./deep.cjs')",
      "deep.cjs": "module.exports = 1",
      "node_modules/dep/package.json": '{ "name": "dep", "exports": "./i.mjs" }',
      "node_modules/dep/i.mjs": "export default { count: 0 }"
    })
    const place = await enter(folder)
    const told: Array<unknown> = []
    for (const n of [1, 2, 3]) {
      await place.load(new Map([[join(folder, "part.mjs"), `export const n = ${n}`]]), 0)
      told.push(await ask(place))
    }
    await place.load(new Map(), 0)
    expect([...told, await ask(place)]).toEqual(["1,1,1", "2,1,2", "3,1,3", "0,1,4"])
  })

  it("may have every hook, and registers what it registers elsewhere", async () => {
    const source = readFileSync(join(import.meta.dirname, "../fixtures/recorder.ts"), "utf8")
    const place = await enter(await folderWith({ "index.ts": source }), "index.ts")
    const manifest = await place.load(new Map(), 0)
    expect(manifest.hooks.toSorted()).toEqual(hookNames.toSorted())
    expect(manifest).toMatchObject({ name: "recorder", extensions: { commands: { length: 4 }, flags: { length: 1 } } })
    expect(await ask(place, "recorder_fail")).toBeUndefined()
  })

  it("may follow code that could not be loaded", async () => {
    const folder = await folderWith({ "index.mjs": plugin(tool('return "fine"')) })
    const place = await enter(folder)
    const broken = new Map([[join(folder, "index.mjs"), "export default {"]])
    await expect(place.load(broken, 0)).rejects.toThrow(SyntaxError)
    await place.load(new Map(), 0)
    expect(await ask(place)).toBe("fine")
  })

  it("does not find what the code before it left behind", async () => {
    const folder = await folderWith({
      "index.mjs": plugin(
        tool('globalThis.left = "behind"; process.env.LEFT = "behind"; return "x"', "leave"),
        tool('return [typeof left, process.env.LEFT ?? "nothing"].join()')
      )
    })
    const place = await enter(folder)
    await place.load(new Map(), 0)
    await ask(place, "leave")
    expect(await ask(place)).toBe("undefined,nothing")
  })

  it("wears its place out after a hundred times", async () => {
    const folder = await folderWith({ "index.mjs": plugin() })
    const place = await enter(folder)
    for (let n = 0; n < 99; n++) await place.load(new Map(), 0)
    expect(place.isWorn()).toBe(false)
    await place.load(new Map(), 0)
    expect(place.isWorn()).toBe(true)
  })

  it("tells the places of its errors without a version", async () => {
    const folder = await folderWith({ "index.mjs": plugin(tool("throw new TypeError('here')")) })
    const place = await enter(folder)
    await place.load(new Map(), 0)
    const error: Error = await ask(place).then(
      () => new Error("expected a failure"),
      (thrown) => thrown
    )
    expect(error.stack).toContain(`${folder}/index.mjs:1:`)
    expect(error.stack).not.toContain("kintsugi=")
  })
})

it("clock and chance are the same for the same call; timers run", async () => {
  const folder = await folderWith({
    "index.mjs": `import { randomBytes, randomInt, randomUUID, webcrypto } from "node:crypto"
      import { setTimeout as sleep } from "node:timers/promises"
      ${plugin(
        tool(`await sleep(5); return [Date.now(), new Date().toISOString(), new Date(5).getTime(), new Date() instanceof Date,
          typeof Date(), performance.now(), process.hrtime.bigint(), Math.random(), Math.max(1, 2), randomUUID(), crypto.randomUUID(),
          randomBytes(4).toString("hex"), randomInt(1000), crypto.getRandomValues(new Uint8Array(2)), webcrypto.getRandomValues(new Uint16Array(2))].join()`)
      )}`
  })
  const place = await enter(folder)
  await place.load(new Map(), 0)
  const at = Date.UTC(2026, 10, 22)
  const [first, second] = [await ask(place, "act", at), await ask(place, "act", at)]
  expect(first).toBe(second)
  expect(first).toMatch(/^\d+,2026-11-22T00:00:00.000Z,5,true,string,0,0,0\.\d+,2,[\da-f-]{36},[\da-f-]{36},/)
  expect(await ask(place, "act", at + 1)).not.toBe(first)
})

describe("a place for trials", () => {
  let server: Server
  let contacts = 0
  beforeAll(async () => {
    server = createServer((_, response) => void response.end("reached"))
    server.on("connection", () => void contacts++)
    await once(server.listen(0, "127.0.0.1"), "listening")
  })
  afterAll(() => void server.close())
  const port = () => (server.address() as AddressInfo).port

  const attempt = async (body: string, head = ""): Promise<unknown> => {
    const folder = await folderWith({ "index.mjs": `${head}\n${plugin(tool(body))}` })
    const place = await enter(folder)
    await place.load(new Map(), 0)
    return ask(place)
  }

  it("A21: has no network, whichever way it is asked for", async () => {
    const ways = [
      ["fetch", `fetch(address)`],
      ["http", `new Promise((resolve, reject) => get(address, resolve).on("error", reject))`],
      [
        "https",
        `new Promise((resolve, reject) => getTls(address.replace("http", "https"), resolve).on("error", reject))`
      ],
      ["http2", `new Promise((resolve, reject) => http2.connect(address).on("connect", resolve).on("error", reject))`],
      ["net", `new Promise((resolve, reject) => net.connect(port, "127.0.0.1", resolve).on("error", reject))`],
      ["net.Socket", `new Promise((resolve, reject) => new net.Socket().connect(port, resolve).on("error", reject))`],
      ["tls", `new Promise((resolve, reject) => tls.connect(port, resolve).on("error", reject))`],
      ["listen", `new Promise((resolve, reject) => net.createServer().listen(0, resolve).on("error", reject))`],
      [
        "dgram",
        `new Promise((resolve, reject) => dgram.createSocket("udp4").on("error", reject).send("x", port, "127.0.0.1", resolve))`
      ],
      [
        "dns",
        `new Promise((resolve, reject) => dns.lookup("localhost", (error, found) => error ? reject(error) : resolve(found)))`
      ],
      ["dns.promises", `dns.promises.resolve("localhost")`],
      ["resolver", `new dns.promises.Resolver().resolve4("localhost")`],
      [
        "WebSocket",
        `new Promise((resolve, reject) => { const s = new WebSocket(address); s.onopen = resolve; s.onerror = reject })`
      ],
      ["inspector", `inspector.open(0)`],
      ["restored", `Object.defineProperty(net.Socket.prototype, "connect", { value: () => {} })`]
    ]
    const head = `import dgram from "node:dgram"; import dns from "node:dns"; import { get } from "node:http"; import { get as getTls } from "node:https"
      import http2 from "node:http2"; import inspector from "node:inspector"; import net from "node:net"; import tls from "node:tls"
      const port = ${port()}; const address = "http://127.0.0.1:" + port
      const tries = { ${ways.map(([name, way]) => `${JSON.stringify(name)}: async () => ${way}`).join(",\n")} }`
    const body = `const told = {}
      for (const [name, act] of Object.entries(tries)) told[name] = await act().then(() => "done", () => "refused")
      return { success: true, data: told }`
    expect(await attempt(body, head)).toEqual(Object.fromEntries(ways.map(([name]) => [name, "refused"])))
    expect(contacts).toBe(0)
  })

  it("A21: has an empty environment and starts no program", async () => {
    process.env.KINTSUGI_SPEC_VISIBLE = "1"
    onTestFinished(() => void delete process.env.KINTSUGI_SPEC_VISIBLE)
    const head = `import { execSync } from "node:child_process"`
    const body = `let ran; try { ran = execSync("echo ran").toString() } catch (error) { ran = error.code }
      return { success: true, data: { names: Object.keys(process.env).filter((name) => name !== "TZ"), ran } }`
    expect(await attempt(body, head)).toEqual({ names: [], ran: "ERR_ACCESS_DENIED" })
  })

  it("A28: reads no secrets, writes nothing, ends nobody else", async () => {
    const outside = await folderWith({ "secret.txt": "secret" })
    const target = join(outside, "written.txt")
    const head = `import { readFileSync, readdirSync, writeFileSync, appendFileSync, mkdirSync } from "node:fs"
      import { Worker } from "node:worker_threads"`
    const tries = [
      `readFileSync(${JSON.stringify(join(outside, "secret.txt"))})`,
      `readdirSync(${JSON.stringify(join(homedir(), ".ssh"))})`,
      `writeFileSync(${JSON.stringify(target)}, "x")`,
      `appendFileSync(${JSON.stringify(join(outside, "secret.txt"))}, "x".repeat(1e6))`,
      `mkdirSync(${JSON.stringify(join(outside, "made"))})`,
      `process.kill(process.ppid, "SIGKILL")`,
      `new Worker("1", { eval: true })`,
      `process.chdir(${JSON.stringify(outside)})`
    ]
    const body = `const told = []
      for (const act of [${tries.map((one) => `() => ${one}`).join()}]) try { act(); told.push("done") } catch (error) { told.push("refused") }
      return { success: true, data: told }`
    expect(await attempt(body, head)).toEqual(tries.map(() => "refused"))
    expect(existsSync(target)).toBe(false)
    expect(readFileSync(join(outside, "secret.txt"), "utf8")).toBe("secret")
  })

  it.each([
    ["output", `for (;;) await new Promise((done) => process.stdout.write("x".repeat(1e6), done))`],
    ["heap", `const all = []; for (;;) all.push(new Array(1e5).fill(all.length))`],
    ["exited", "process.exit(0)"],
    ["output", `return "x".repeat(16e6)`]
  ])("A28: ends for too much, or by itself, as what it did: %s", async (kind, body) => {
    const fault: unknown = await attempt(body).catch((thrown) => thrown)
    // What is too long to leave the place is an error of the call; all else is its end.
    if (fault instanceof HostFault) expect(fault.kind).toBe(kind)
    else expect(fault).toMatchObject({ name: "RangeError", message: expect.stringContaining("too large") })
  })
})

it("is closed to whoever writes to the file meanwhile: what was loaded stays", async () => {
  const folder = await folderWith({ "index.mjs": plugin(tool('return "before"')) })
  const place = await enter(folder)
  await place.load(new Map(), 0)
  writeFileSync(join(folder, "index.mjs"), plugin(tool('return "after"')))
  expect(await ask(place)).toBe("before")
  await place.load(new Map(), 0)
  expect(await ask(place)).toBe("after")
})
