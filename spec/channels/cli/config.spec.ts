import { existsSync, readFileSync, statSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import type { Command } from "commander"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { keys } from "../../../actors/config/keys.ts"
import { configCommand } from "../../../channels/cli/config.ts"
import { CliError, type Io } from "../../../channels/cli/io.ts"
import { trustCommand } from "../../../channels/cli/trust.ts"
import { makeWorld, type World } from "../../actors/world.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
})
afterEach(() => world.remove())

interface Ran {
  readonly out: string
  readonly err: string
  readonly code: number
}

const runIn = async (make: (io: Io) => Command, args: ReadonlyArray<string>, env: Io["env"]): Promise<Ran> => {
  const [stdout, stderr] = [new PassThrough({ encoding: "utf8" }), new PassThrough({ encoding: "utf8" })]
  const command = make({ stdin: new PassThrough(), stdout, stderr, env: { HOME: world.home, ...env }, cwd: world.cwd })
  const error: unknown = await command.parseAsync([...args], { from: "user" }).then(
    () => undefined,
    (reason: unknown) => reason
  )
  if (error !== undefined && !(error instanceof CliError)) throw error
  const said = `${String(stderr.read() ?? "")}${error?.message ?? ""}`
  const plain = (text: string) =>
    text.replaceAll(world.userFile, "USER").replaceAll(world.projectFile, "PROJECT").replaceAll(world.cwd, "DIR")
  return { out: plain(String(stdout.read() ?? "")), err: plain(said), code: error?.exitCode ?? 0 }
}
const config = (args: string, env: Io["env"] = {}) => runIn(configCommand, args.split(" "), env)
const trust = (args: ReadonlyArray<string> = [], env: Io["env"] = {}) => runIn(trustCommand, args, env)

describe("config set and unset", () => {
  it("write the user's file, or the folder's", async () => {
    expect(await config("set llm.timeout 7")).toEqual({ out: "", err: 'llm.timeout is "7" in USER\n', code: 0 })
    expect(readFileSync(world.userFile, "utf8")).toBe("llm:\n  timeout: 7\n")
    expect(statSync(world.userFile).mode & 0o777).toBe(0o600)
    await config("set --local tools.disabled a,b")
    expect(readFileSync(world.projectFile, "utf8")).toBe("tools:\n  disabled: [ a, b ]\n")
    expect(await config("unset llm.timeout --global")).toMatchObject({ code: 0 })
    expect(readFileSync(world.userFile, "utf8")).toBe("")
    expect(await config("unset llm.timeout")).toEqual({ out: "", err: "llm.timeout is not in USER", code: 1 })
  })

  it("keep a link to the file where it is", async () => {
    const real = world.write(join(world.root, "dotfiles.yaml"), "# mine\n")
    world.write(world.userFile.replace("config.yaml", "x"), "")
    symlinkSync(real, world.userFile)
    await config("set llm.timeout 7")
    expect(readFileSync(real, "utf8")).toBe("# mine\n\nllm:\n  timeout: 7\n")
  })

  it("refuse what does not fit, and write nothing", async () => {
    expect(await config("set llm.timeout soon")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^llm\.timeout: expected seconds/)
    })
    expect(await config("set llm.tiemout 1")).toMatchObject({
      code: 2,
      err: "llm.tiemout: unknown key; did you mean llm.timeout?"
    })
    expect(existsSync(world.userFile)).toBe(false)
  })

  it("do not show a secret, and warn where it may be shared", async () => {
    expect(await config("set llm.api_key sk-0123456789abcdef")).toEqual({
      out: "",
      err: expect.stringMatching(
        /^The key now stands in USER in plain text\. .*\nllm\.api_key is "\*{4}cdef" in USER\n$/
      ),
      code: 0
    })
    const local = await config("set --local llm.api_key sk-0123456789abcdef")
    expect(local.err).toMatch(/version control/)
    expect(local.err).toMatch(/not trusted.*kintsugi trust/)
    expect(local.err).not.toContain("0123")
    expect((await config("set --local llm.api_key ${MY_KEY}", { KINTSUGI_TRUST: "1" })).err).toBe(
      'llm.api_key is "${MY_KEY}" in PROJECT\n'
    )
  })

  it("refuse --global and --local at once", async () => {
    const command = configCommand({
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      env: {},
      cwd: world.cwd
    })
    const quiet = command.commands.map((one) => one.exitOverride().configureOutput({ writeErr: () => {} }))
    expect(quiet.length).toBe(7)
    await expect(command.parseAsync(["list", "--global", "--local"], { from: "user" })).rejects.toMatchObject({
      code: "commander.conflictingOption"
    })
  })
})

describe("config get", () => {
  it("prints the value in use, or as a file has it", async () => {
    world.write(world.userFile, "llm: { model: '${M:-openai/a}', fallback: [openai/b], timeout: 5 }")
    expect(await config("get llm.model")).toEqual({ out: "openai/a\n", err: "", code: 0 })
    expect(await config("get llm.model --global")).toEqual({ out: "${M:-openai/a}\n", err: "", code: 0 })
    expect(await config("get llm.model --local")).toEqual({ out: "", err: "llm.model is not set", code: 1 })
    expect((await config("get llm.fallback")).out).toBe("- openai/b\n")
    expect((await config("get heartbeat")).out).toBe("enabled: true\ninterval: 30\ntimeout: 90\n")
    expect(JSON.parse((await config("get llm.timeout --json")).out)).toEqual({
      key: "llm.timeout",
      value: 5,
      source: "user USER:1"
    })
    expect(await config("get llm.base_url")).toEqual({ out: "", err: "llm.base_url is not set", code: 1 })
    expect(await config("get llm.tiemout")).toEqual({
      out: "",
      err: '"llm.tiemout" is not a key; did you mean llm.timeout?',
      code: 2
    })
  })

  it("masks secrets unless it is told not to, also inside of others", async () => {
    world.write(
      world.userFile,
      "llm: { api_key: sk-0123456789abcdef }\nmcp: { servers: { a: { command: x, env: { A: hush } }, b: { url: 'https://me:pass@a/' } } }\nchannels: { a2a: { peers: [{ name: a, url: http://a, token: hush }] } }"
    )
    for (const key of [
      "llm",
      "llm.api_key",
      "mcp.servers",
      "mcp.servers.b.url",
      "mcp.servers.a.env.A",
      "channels",
      "channels.a2a.peers"
    ]) {
      const { out, code } = await config(`get ${key}`)
      expect(code).toBe(0)
      expect(out).toContain("****")
      expect(out).not.toMatch(/0123|hush|pass/)
    }
    expect((await config("get llm.api_key --show-secrets")).out).toBe("sk-0123456789abcdef\n")
  })
})

describe("config list", () => {
  it("tells of every key its value and where it comes from, secrets masked", async () => {
    world.write(world.userFile, "llm: { api_key: sk-0123456789abcdef }\npermissions: { deny: [a] }")
    world.write(world.projectFile, "llm: { base_url: 'http://evil', timeout: 7 }\npermissions: { deny: [b] }")
    const json = await config("list --json", { KINTSUGI_UI_THEME: "dark" })
    const rows: ReadonlyArray<{ readonly key: string }> = JSON.parse(json.out)
    expect(rows.map(({ key }) => key)).toEqual([...keys.keys()])
    expect(rows).toEqual(
      expect.arrayContaining([
        { key: "llm.model", value: null, source: "default" },
        { key: "llm.api_key", value: "****cdef", source: "user USER:1" },
        { key: "llm.base_url", value: null, source: "default", ignored: "PROJECT:1" },
        { key: "llm.timeout", value: 7, source: "project PROJECT:1" },
        { key: "permissions.deny", value: ["a", "b"], source: "user USER:2 + project PROJECT:2" },
        { key: "ui.theme", value: "dark", source: "environment KINTSUGI_UI_THEME" }
      ])
    )
    expect(json.err).toMatch(/not trusted.*llm\.base_url/)
    const { out } = await config("list")
    expect(out).toMatch(/^llm\.model: # default$/m)
    expect(out).toMatch(/^llm\.base_url: # default; PROJECT:1 is ignored, the folder is not trusted$/m)
    expect(out).toMatch(/^permissions\.deny: \[ a, b \] # user USER:2 \+ project PROJECT:2$/m)
  })

  it("tells what one file says, as it is written", async () => {
    world.write(world.userFile, "llm: { model: '${M}', tiemout: 1 }")
    expect((await config("list --global")).out).toBe('llm.model: "${M}" # USER\n')
  })
})

it("config path tells where the files are and whether they count", async () => {
  world.write(world.userFile, "")
  expect((await config("path")).out).toBe("user\tUSER\texists\nproject\tPROJECT\tdoes not exist, folder not trusted\n")
  await trust()
  expect(JSON.parse((await config("path --json --local")).out)).toEqual([
    { name: "project", path: "PROJECT", trusted: true, exists: false }
  ])
})

it("config init writes a file that is valid and changes nothing, once", async () => {
  expect(await config("init")).toEqual({ out: "USER\n", err: "", code: 0 })
  const text = readFileSync(world.userFile, "utf8")
  expect(text).toContain("#   # Seconds for one whole request.\n#   timeout: 300\n")
  expect((await config("validate")).out).toBe("valid\n")
  expect(await config("init")).toMatchObject({ code: 1, err: expect.stringMatching(/^USER exists already/) })
  expect(readFileSync(world.userFile, "utf8")).toBe(text)
  expect((await config("init --local")).out).toBe("PROJECT\n")
})

describe("config validate", () => {
  it("says what is wrong anywhere, with code 2", async () => {
    world.write(world.userFile, "llm: { timeout: x }")
    world.write(world.projectFile, "llm: { timeout: y }")
    const env = { KINTSUGI_LLM_TIMEOUT: "z" }
    const { out, err, code } = await config("validate", env)
    expect([out, code]).toEqual(["", 2])
    expect(err.split("\n").map((line) => line.split(": ")[0])).toEqual([
      "USER:1:17 llm.timeout",
      "PROJECT:1:17 llm.timeout",
      "KINTSUGI_LLM_TIMEOUT llm.timeout"
    ])
    const json = await config("validate --json", env)
    expect(json).toMatchObject({ code: 2, err: "" })
    expect(JSON.parse(json.out)).toMatchObject({
      valid: false,
      problems: [{ where: "USER:1:17", key: "llm.timeout" }, {}, {}],
      notices: []
    })
  })

  it("checks one file without the variables it will be used with", async () => {
    world.write(world.userFile, "llm: { model: '${NOT_SET}' }")
    expect(await config("validate --global")).toEqual({ out: "valid\n", err: "", code: 0 })
    expect(await config("validate")).toMatchObject({ code: 2, err: expect.stringMatching(/NOT_SET is not set/) })
    expect(await config("validate --local")).toMatchObject({ code: 1, err: expect.stringMatching(/config init/) })
  })

  it("tells what an untrusted folder asks for in vain", async () => {
    world.write(world.projectFile, "llm: { base_url: 'http://a' }")
    expect(await config("validate")).toEqual({
      out: "valid\n",
      err: expect.stringMatching(/its llm\.base_url is ignored/),
      code: 0
    })
  })
})

describe("trust", () => {
  it("lets a folder's configuration count, until it is revoked", async () => {
    world.write(world.projectFile, "llm: { base_url: 'http://a' }")
    expect(await config("get llm.base_url")).toMatchObject({ code: 1 })
    expect(await trust()).toEqual({
      out: "",
      err: "DIR is trusted; take it back with: kintsugi trust --revoke\n",
      code: 0
    })
    expect(await config("get llm.base_url")).toMatchObject({ out: "http://a\n" })
    expect((await trust([".", "--revoke"])).err).toBe("DIR is no longer trusted\n")
    expect((await trust(["--revoke"])).err).toBe("DIR was not trusted\n")
    expect(await config("get llm.base_url")).toMatchObject({ code: 1 })
    expect((await trust(["--revoke"], { KINTSUGI_TRUST: "1" })).err).toMatch(/every folder is trusted all the same/)
  })

  it("refuses what is not a folder", async () => {
    expect(await trust(["nowhere"])).toEqual({ out: "", err: "DIR/nowhere is not a folder", code: 1 })
  })
})
