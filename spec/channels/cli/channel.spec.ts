import { once } from "node:events"
import { createServer } from "node:net"
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest"
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
    [["--api-key", "short"], /at least 16 characters.*openssl rand/],
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

it("kintsugi channel lists what there is, and every part its flags", async () => {
  expect(await channel("--help")).toMatchObject({ code: 0, out: expect.stringMatching(/websocket[^]*rpc/) })
  const { out } = await channel("websocket", "--help")
  for (const flag of ["--host", "--port", "--api-key", "--no-auth", "--json", "--model", "--permissions", "--cd"])
    expect(out).toContain(flag)
  expect(await channel("nothing")).toMatchObject({ code: 2, out: "" })
})
