import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { makeWorld, type World } from "../../actors/world.ts"
import { commandLine } from "./in-process.ts"

let world: World
let kintsugi: ReturnType<typeof commandLine>
let file: string
beforeEach(() => {
  world = makeWorld()
  kintsugi = commandLine(world)
  file = join(world.home, ".local/share/kintsugi/auth.json")
})
afterEach(() => world.remove())

const canary = "sk-canary-0123456789abcdef"
const stored = () => JSON.parse(readFileSync(file, "utf8"))

describe("auth login", () => {
  it("stores the first line of what is piped in, and shows no character of it", async () => {
    const { code, out, err } = await kintsugi(["auth", "login", "openai"], { input: `  ${canary}  \nuser: me\n` })
    expect([code, out, stored(), statSync(file).mode & 0o777]).toEqual([0, "", { openai: { key: canary } }, 0o600])
    expect(err).toMatch(
      /^The key for OpenAI is stored in .*auth\.json, readable by you alone\.\n.*kintsugi doctor --live\n$/
    )
    expect(err).not.toContain("sk-")
  })

  it("asks in a terminal without an echo, then for what the address needs", async () => {
    const { code, out, err } = await kintsugi(["auth", "login", "azure"], { answers: [canary, "my-resource"] })
    expect([code, stored()]).toEqual([0, { azure: { key: canary, values: { AZURE_RESOURCE_NAME: "my-resource" } } }])
    expect(err).toContain("Key for Azure OpenAI (not shown;")
    expect(out + err).not.toContain("canary")
  })

  it("takes a command, and values alone for scripts", async () => {
    expect((await kintsugi(["auth", "login", "groq"], { input: "!pass show groq" })).err).toMatch(
      /^The command that prints/
    )
    const value = ["--value", "AZURE_RESOURCE_NAME=mine"]
    expect((await kintsugi(["auth", "login", "azure", ...value])).err).toMatch(
      /^The address for Azure OpenAI is stored/
    )
    expect(stored()).toEqual({ groq: { key: "!pass show groq" }, azure: { values: { AZURE_RESOURCE_NAME: "mine" } } })
    expect((await kintsugi(["auth", "login", "azure"], { input: canary })).code).toBe(0)
    expect(stored().azure).toEqual({ key: canary, values: { AZURE_RESOURCE_NAME: "mine" } })
    const typed = await kintsugi(["auth", "login", "azure"], { answers: ["sk-2", "evil.example/x"] })
    expect([typed.code, stored().azure.key]).toEqual([2, canary])
  })

  it("says what comes before the stored key", async () => {
    const { err } = await kintsugi(["auth", "login", "openai"], { input: canary, env: { OPENAI_API_KEY: "sk-other" } })
    expect(err).toContain("OPENAI_API_KEY comes before it and is used as long as it is set.")
  })

  it.each([
    [["opnai"], canary, 2, /there is no provider "opnai"; did you mean openai/],
    [["openai"], "", 2, /there is no key: nothing was stored for openai/],
    [["openai"], "my key", 2, /this is no key: it holds spaces/],
    [[], canary, 2, /say which provider/],
    [
      ["openai", "--value", "REGION=x"],
      canary,
      2,
      /there is no REGION in the address of openai; its address has no var/
    ],
    [["azure", "--value", "AZURE_RESOURCE_NAME"], canary, 2, /--value takes NAME=value/],
    [
      ["azure", "--value", "AZURE_RESOURCE_NAME=a/../b"],
      canary,
      2,
      /AZURE_RESOURCE_NAME cannot stand in the address of Azure OpenAI: it takes letters, .*; nothing was stored/
    ]
  ])("refuses %j", async (args, input, code, message) => {
    const ended = await kintsugi(["auth", "login", ...args], { input })
    expect(ended).toMatchObject({ code, err: expect.stringMatching(message) })
    expect(existsSync(file)).toBe(false)
  })

  it("binds the key of a provider of one's own to its address", async () => {
    world.write(world.userFile, "llm: { providers: { mine: { base_url: 'https://llm.example/v1' } } }\n")
    await kintsugi(["auth", "login", "mine"], { input: canary })
    expect(stored()).toEqual({ mine: { key: canary, address: "https://llm.example/v1" } })
    expect((await kintsugi(["auth", "list"])).out).toBe("mine  mine  the store\n")
    world.write(world.userFile, "llm: { providers: { mine: { base_url: 'https://elsewhere.example/v1' } } }\n")
    expect((await kintsugi(["auth", "list"])).out).toBe("")
  })

  it("changes nothing in a file that is damaged or open to others, and says what to do", async () => {
    await kintsugi(["auth", "login", "openai"], { input: canary })
    chmodSync(file, 0o644)
    const open = await kintsugi(["auth", "login", "groq"], { input: "gsk-1" })
    expect(open).toMatchObject({ code: 1, err: expect.stringContaining(`chmod 600 ${file}`) })
    chmodSync(file, 0o600)
    writeFileSync(file, `{"openai": {"key": "${canary}`)
    const damaged = await kintsugi(["auth", "login", "groq"], { input: "gsk-1" })
    expect(damaged).toMatchObject({ code: 1, err: expect.stringMatching(/damaged.*It was not changed/) })
    expect(readFileSync(file, "utf8")).toBe(`{"openai": {"key": "${canary}`)
    expect(open.err + damaged.err).not.toContain("canary")
    const listed = await kintsugi(["auth", "list"], { env: { GROQ_API_KEY: "gsk-env" } })
    expect(listed).toMatchObject({
      code: 0,
      out: "groq  Groq  GROQ_API_KEY\n",
      err: expect.stringContaining("damaged")
    })
  })
})

describe("auth list and logout", () => {
  it("name where keys come from, in the order in which they are used", async () => {
    world.write(world.userFile, `llm: { model: openai/gpt-5.5, api_key: "${canary}" }\n`)
    await kintsugi(["auth", "login", "openai"], { input: `!echo ${canary}` })
    const env = { OPENAI_API_KEY: canary, HF_TOKEN: canary }
    const { out } = await kintsugi(["auth", "list"], { env })
    expect(out.split("\n").filter((line) => /^(openai|huggingface) /.test(line))).toEqual([
      "openai  OpenAI  llm.api_key, then OPENAI_API_KEY, then the store (a command)",
      "huggingface  Hugging Face  HF_TOKEN"
    ])
    const listed = await kintsugi(["auth", "list", "--json"], { env })
    expect(JSON.parse(listed.out)).toContainEqual({
      provider: "openai",
      name: "OpenAI",
      sources: [
        { from: "configuration", name: "llm.api_key" },
        { from: "environment", name: "OPENAI_API_KEY" },
        { from: "store", name: "auth.json", command: true }
      ]
    })
    expect(out + listed.out).not.toContain("canary")
  })

  it("name what is stored of addresses, not what it says", async () => {
    const value = ["--value", "AZURE_RESOURCE_NAME=my-own"]
    await kintsugi(["auth", "login", "azure", ...value])
    const alone = await kintsugi(["auth", "list"])
    expect(alone.out).toBe("azure  Azure OpenAI  no key (AZURE_RESOURCE_NAME stored)\n")
    await kintsugi(["auth", "login", "azure"], { input: canary })
    const both = await kintsugi(["auth", "list"])
    expect(both.out).toBe("azure  Azure OpenAI  the store (AZURE_RESOURCE_NAME stored)\n")
    const [row] = JSON.parse((await kintsugi(["auth", "list", "--json"])).out)
    expect(row).toMatchObject({ provider: "azure", values: ["AZURE_RESOURCE_NAME"] })
    expect(alone.out + both.out + JSON.stringify(row)).not.toContain("my-own")
  })

  it("take no key, and run no command, of a folder that nobody trusts", async () => {
    const wish =
      "llm: { model: openai/gpt-5.5, api_key: '!touch here', providers: { a: { base_url: 'http://a', api_key: k } } }\n"
    world.write(world.projectFile, wish)
    expect((await kintsugi(["auth", "list"])).out).toBe("")
    expect((await kintsugi(["auth", "list"], { env: { KINTSUGI_TRUST: "1" } })).out).toMatch(
      /^openai {2}OpenAI {2}llm\.api_key \(a command\)\n[^]*^a {2}a {2}llm\.providers\.a\.api_key$/m
    )
    expect(existsSync(join(world.cwd, "here"))).toBe(false)
  })

  it("forget what is stored, also of a provider that is gone, and say what is left", async () => {
    await kintsugi(["auth", "login", "openai"], { input: canary })
    writeFileSync(file, JSON.stringify({ ...stored(), gone: { key: "k" } }))
    expect((await kintsugi(["auth", "list"])).out).toContain("gone  not a provider here  the store\n")
    expect(await kintsugi(["auth", "logout", "gone"])).toMatchObject({ code: 0 })
    const { err } = await kintsugi(["auth", "logout", "openai"], { env: { OPENAI_API_KEY: "sk-x" } })
    expect(err).toMatch(/is gone from .*auth\.json\.\nIt still has a key: OPENAI_API_KEY\.\n/)
    expect(stored()).toEqual({})
    expect(await kintsugi(["auth", "logout", "openai"])).toMatchObject({ code: 1 })
  })
})

describe("config set of a key in plain text", () => {
  const set = (value: string, more = {}) => kintsugi(["config", "set", "llm.api_key", value], more)
  beforeEach(() => world.write(world.userFile, "llm: { model: openai/gpt-5.5 }\n"))

  it("asks in a terminal whether to store it instead; yes leaves the file alone", async () => {
    const { err } = await set(canary, { answers: ["y"] })
    expect(err).toMatch(/in plain text\. Store it for OpenAI in .*auth\.json instead\? \[Y\/n\]/)
    expect([stored(), readFileSync(world.userFile, "utf8")]).toEqual([
      { openai: { key: canary } },
      "llm: { model: openai/gpt-5.5 }\n"
    ])
    expect(err).not.toContain("canary")
  })

  it("writes it after a no, and without a terminal after a warning that names the command", async () => {
    await set(canary, { answers: ["n"] })
    expect([existsSync(file), readFileSync(world.userFile, "utf8")]).toEqual([false, expect.stringContaining(canary)])
    const { code, err } = await set(`${canary}-2`)
    expect([code, err]).toEqual([0, expect.stringMatching(/in plain text\. Better: kintsugi auth login openai/)])
    expect(readFileSync(world.userFile, "utf8")).toContain(`${canary}-2`)
    expect(err).not.toContain("canary")
  })

  it.each(["${OPENAI_API_KEY}", "!pass show openai"])(
    "says nothing of %s, which is no key in plain text",
    async (value) => {
      const { err } = await set(value, { env: { OPENAI_API_KEY: "sk-x" } })
      expect(err).not.toContain("plain text")
      expect((await kintsugi(["config", "get", "llm.api_key", "--global"])).out).toBe(`${value}\n`)
    }
  )

  it("hides what looks like a key inside of a command, and tokens that begin like one", async () => {
    await set(`!echo ${canary}`)
    expect((await kintsugi(["config", "get", "llm.api_key"])).out).toBe("!echo [key]\n")
    await kintsugi(["config", "set", "channels.a2a.token", "!secret-token-of-mine"])
    expect((await kintsugi(["config", "get", "channels.a2a.token"])).out).toBe("****mine\n")
  })
})

it("a task without a model says why stored keys do not count", async () => {
  await kintsugi(["auth", "login", "openai"], { input: canary })
  chmodSync(file, 0o644)
  const { code, err } = await kintsugi(["run", "hi"], { env: { OLLAMA_HOST: "http://127.0.0.1:9" } })
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/stored keys: .*auth\.json may be read or written by other users.*\nno model is configured/)
  ])
})

it("a task without a model names the keys that choose none by themselves", async () => {
  const env = { OLLAMA_HOST: "http://127.0.0.1:9", AZURE_API_KEY: "k" }
  const { code, err } = await kintsugi(["run", "hi"], { env })
  expect([code, err]).toEqual([2, expect.stringMatching(/AZURE_API_KEY is set: name a model with -m azure\/…/)])
})

it.each([
  ["openai/gpt-5.5", /failed: openai\/gpt-5\.5 needs a key for OpenAI: set OPENAI_API_KEY, or run kintsugi auth login/],
  ["nope/x", /failed: there is no provider "nope"/]
])("a task for %s, which is not configured, ends with the code for that", async (model, message) => {
  const { code, err } = await kintsugi(["run", "-m", model, "hi"])
  expect([code, err]).toEqual([2, expect.stringMatching(message)])
})
