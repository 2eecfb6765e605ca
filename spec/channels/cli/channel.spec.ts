import { once } from "node:events"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { makeWorld, type World } from "../../actors/world.ts"
import { commandLine } from "./in-process.ts"

let world: World
beforeEach(() => void (world = makeWorld()))
afterEach(() => world.remove())

const model = ["-m", "scripted/rehearsal"]
const channel = (...args: ReadonlyArray<string>) => commandLine(world)(["channel", ...args])

describe("kintsugi channel websocket does not start", () => {
  const refused: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
    [["--host", "0.0.0.0"], /needs a key.*KINTSUGI_CHANNELS_WEBSOCKET_API_KEYS/],
    [["--host", "0.0.0.0", "--no-auth"], /without keys only this machine may connect/],
    [["--host", "192.0.2.1", "--api-key", "key-0123456789abc"], /192\.0\.2\.1 is no address of this machine/],
    [["--host", "no such host"], /there is no host "no such host"/],
    [["--host", "0.0.0.0", "--api-key", "short"], /fewer than 16 characters.* 0\.0\.0\.0 .*openssl rand/],
    [["--api-key", ""], /not empty.*openssl rand/],
    [["--api-key", "with a blank"], /blanks.*openssl rand/],
    [["--no-auth", "--api-key", "key-0123456789abc"], /give one of them/],
    [["--port", "65536"], /--port takes a number from 0 to 65535, not 65536/],
    [["--port", "x"], /--port takes a number/],
    [["-C", "nowhere"], /there is no folder/]
  ]
  it.each(refused)("with %j", async (args, message) => {
    const { code, out, err } = await channel("websocket", "--port", "0", ...model, ...args)
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).toMatch(message)
    expect(err).not.toMatch(/"?short"?$|key-0123456789abc/)
  })

  it("without a model, and says how to configure one", async () => {
    expect(await channel("websocket", "--port", "0")).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("no model is configured")
    })
  })

  it("where the port is taken, and says so", async () => {
    const other = createServer().listen(0, "127.0.0.1")
    await once(other, "listening")
    onTestFinished(() => void other.close())
    const address = other.address()
    const port = typeof address === "object" ? `${address?.port}` : ""
    expect(await channel("websocket", "--port", port, ...model)).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/port \d+ of 127\.0\.0\.1 is taken: .*--port/)
    })
  })

  it("with what the configuration of an untrusted folder says: its host, keys and openness do not count", async () => {
    const open = "{ host: 0.0.0.0, port: 65000, api_keys: [key-of-the-folder], require_auth: false }"
    world.write(world.projectFile, `channels: { websocket: ${open} }\n`)
    const { code, err } = await channel("websocket", "--host", "0.0.0.0", ...model)
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/needs a key/) })
    expect(err).not.toContain("key-of-the-folder")
  })
})

describe("kintsugi channel websocket", () => {
  const script = `
rules:
  - when: ".*"
    turns: [ { calls: [ { tool: write_file, input: { path: a.txt, content: a } } ] }, { text: "Done." } ]
`

  /** Listening in this process. */
  const started = async (...args: ReadonlyArray<string>) => {
    world.write(join(world.cwd, "script.yaml"), script)
    const line = Promise.withResolvers<string>()
    const flags = ["channel", "websocket", "--port", "0", "--json", "-m", "scripted/script.yaml", ...args]
    const ended = commandLine(world)(flags, { onOut: line.resolve })
    const said = await Promise.race([line.promise, ended.then(({ err }) => Promise.reject(new Error(err)))])
    return { told: JSON.parse(said) as { ws: string; key?: string }, ended }
  }
  const stop = (signal: NodeJS.Signals) => void process.emit(signal, signal)

  /** A client whose message has come to a question. */
  const asking = async (ws: string, key: string) => {
    const socket = new WebSocket(ws)
    onTestFinished(() => socket.close())
    await once(socket, "open")
    const asked = Promise.withResolvers<void>()
    socket.addEventListener("message", ({ data }) => {
      if (JSON.parse(String(data)).type === "permission") asked.resolve()
    })
    const say = (frame: object) => socket.send(JSON.stringify(frame))
    say({ type: "auth", api_key: key })
    say({ type: "message", content: "write it" })
    await asked.promise
    return say
  }

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129]
  ] as const)("stops at %s, and hears no signals afterwards", async (signal, exitCode) => {
    const before = process.listenerCount(signal)
    const { ended } = await started()
    stop(signal)
    const { code, err } = await ended
    expect(code).toBe(exitCode)
    expect(err).toMatch(/^Stops\. \(.*again: at once\)$/m)
    expect(err).not.toContain("Warning")
    expect(process.listenerCount(signal)).toBe(before)
  })

  it("lets a turn end, and ends at once when it is asked again", async () => {
    const { told, ended } = await started()
    const say = await asking(told.ws, told.key ?? "")
    const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never)
    onTestFinished(() => exit.mockRestore())
    stop("SIGHUP")
    expect(exit).not.toHaveBeenCalled()
    stop("SIGTERM")
    expect(exit.mock.calls).toEqual([[143]])
    say({ type: "cancel" })
    expect(await ended).toMatchObject({ code: 129, err: expect.stringContaining("Stops; 1 running turn has 8 s.") })
  })

  it("takes short keys on this machine and says that they can be guessed", async () => {
    const settings = "grace: 0, api_keys: [demo, { name: ann, key: key-of-ann-0123456 }]"
    world.write(world.userFile, `channels: { websocket: { ${settings} } }\n`)
    const { told, ended } = await started()
    await asking(told.ws, "demo")
    stop("SIGTERM")
    const { err } = await ended
    expect(err.match(/^Warning: .*$/gm)).toEqual([expect.stringMatching(/^Warning: a key has fewer.*openssl rand/)])
    expect(err).not.toContain("demo")
    expect(await channel("websocket", "--host", "0.0.0.0", "--port", "0", ...model)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/a key has fewer than 16 characters/)
    })
    world.write(world.userFile, `channels: { websocket: { proxies: [127.0.0.1], ${settings} } }\n`)
    expect(await channel("websocket", "--port", "0", ...model)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/a key has fewer than 16 .* the proxy in front/)
    })
  })

  it.each(["", "with a blank", '"with a\\ttab"'])("has no key like %j in its configuration", async (key) => {
    world.write(world.userFile, `channels: { websocket: { api_keys: [${key === "" ? '""' : key}] } }\n`)
    expect(await channel("websocket", "--port", "0", ...model)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/api_keys.*without blanks/)
    })
  })
})

it("kintsugi channel lists what there is, and every part its flags", async () => {
  expect(await channel("--help")).toMatchObject({ code: 0, out: expect.stringMatching(/websocket[^]*rpc/) })
  const { out } = await channel("websocket", "--help")
  for (const flag of ["--host", "--port", "--api-key", "--no-auth", "--json", "--model", "--permissions", "--cd"])
    expect(out).toContain(flag)
  expect(await channel("nothing")).toMatchObject({ code: 2, out: "" })
})
