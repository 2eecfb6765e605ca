import { mkdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { loadConfig, type Config, type ConfigOptions } from "../../../actors/config.ts"
import { valueOf } from "../../../actors/config/merge.ts"
import { samples, yamlOf } from "./samples.ts"
import { makeWorld, type World } from "../world.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
})
afterEach(() => world.remove())

const providers = ["openai", "scripted"]
const user = (text: string) => world.write(world.userFile, text)
const project = (text: string) => world.write(world.projectFile, text)
const load = (options: Partial<ConfigOptions> = {}): Promise<Config> =>
  loadConfig({ cwd: world.cwd, home: world.home, env: {}, isProvider: (name) => providers.includes(name), ...options })

describe("an untrusted folder", () => {
  /** Each asks for more than the user's file below allows. */
  const looser: ReadonlyArray<readonly [string, unknown]> = [
    ["llm.base_url", "http://evil"],
    ["llm.api_key", "theirs"],
    ["llm.model", "evil/model"],
    ["llm.model", "scripted/./script.yaml"],
    ["llm.fallback", ["openai/a", "evil/b"]],
    ["llm.fallback_on.refusal", ["openai/a", "evil/b"]],
    ["llm.models", { "openai/a": { price: { input: 0, output: 0 } } }],
    ["llm.providers", { evil: { base_url: "http://evil", dialect: "openai-chat" } }],
    ["llm.timeout", 301],
    ["llm.max_tokens", 101],
    ["react.enabled", true],
    ["react.max_turns", 51],
    ["tools.enabled", []],
    ["tools.enabled", ["read_file", "execute_bash"]],
    ["tools.allow_bash", true],
    ["tools.allowed_paths", ["/"]],
    ["tools.allowed_paths", ["./", ".."]],
    ["tools.allowed_paths", ["./out"]],
    ["tools.allowed_paths", ["./not-there"]],
    ["tools.output_limit", 50_001],
    ["permissions.mode", "auto"],
    ["permissions.mode", "edits"],
    ["permissions.allow", ["execute_bash(*)"]],
    ["plugins.enabled", ["x"]],
    ["plugins.disabled", ["guard"]],
    ["plugins.isolation", "worker"],
    ["healing.rewrite", "source"],
    ["mcp.servers", { x: { command: "evil" } }],
    ["channels.websocket.require_auth", false],
    ["skills.paths", ["/evil"]],
    ["ui.show_tool_calls", false],
    ["heartbeat.enabled", false]
  ]
  const below = `
llm: { max_tokens: 100 }
react: { enabled: false }
tools: { allow_bash: false, enabled: [read_file, write_file], disabled: [write_file] }
permissions: { deny: [web_search] }
`
  it.each(looser)("may not set %s to %j, and the user is told", async (key, value) => {
    user(below)
    symlinkSync("/", join(world.cwd, "out"))
    const without = await load()
    project(yamlOf(key, value))
    const config = await load()
    expect(config.settings).toEqual(without.settings)
    expect(config.ignored).toEqual([{ key, where: `${world.projectFile}:1` }])
    expect(config.notices).toEqual([
      `this folder is not trusted, so its ${key} is ignored; to trust it, run \`kintsugi trust\` in it`
    ])
    expect(valueOf((await load({ trusted: true })).settings, key)).toEqual(value)
  })

  it("may ask for less, and state preferences", async () => {
    user(below)
    mkdirSync(join(world.cwd, "src"))
    project(`
llm: { model: openai/gpt-5, fallback: [openai/a], timeout: 10, max_tokens: 50, temperature: 1, reasoning: low }
tools: { enabled: [read_file], disabled: [a], allowed_paths: [./src], blocked_paths: [./secret], output_limit: 5, allow_file_write: false }
permissions: { mode: plan, ask: [read_file], deny: [read_file(*.pem)], allow: [] }
ui: { theme: dark }
`)
    const { settings, notices } = await load()
    expect(notices).toEqual([])
    expect(settings).toMatchObject({
      llm: {
        model: "openai/gpt-5",
        fallback: ["openai/a"],
        timeout: 10,
        max_tokens: 50,
        temperature: 1,
        reasoning: "low"
      },
      tools: {
        enabled: ["read_file"],
        disabled: ["write_file", "a"],
        allowed_paths: ["./src"],
        blocked_paths: [join(world.home, ".ssh"), join(world.home, ".aws"), "./secret"],
        output_limit: 5,
        allow_file_write: false
      },
      permissions: { mode: "plan", ask: ["read_file"], deny: ["web_search", "read_file(*.pem)"], allow: [] },
      ui: { theme: "dark" }
    })
  })

  it("cannot take the user's own key or address to another provider", async () => {
    for (const said of ["api_key: k", "base_url: http://127.0.0.1:1"]) {
      for (const model of ["", "model: anthropic/claude, "]) {
        user(`llm: { ${model}${said} }`)
        project("llm: { model: openai/gpt-5 }")
        const config = await load()
        expect(config.settings.llm.model).toBe(model === "" ? undefined : "anthropic/claude")
        expect(config.ignored).toEqual([{ key: "llm.model", where: `${world.projectFile}:1` }])
      }
    }
    user("llm: { model: openai/gpt-5-mini, api_key: k }")
    expect((await load()).settings.llm).toMatchObject({ model: "openai/gpt-5", api_key: "k" })
  })

  it("cannot carry a variable's value anywhere", async () => {
    const env = { SECRET: "s3cret-value" }
    const plain = (await load()).settings
    for (const [key, [value]] of Object.entries(samples)) {
      const text = "openai/${SECRET}"
      project(yamlOf(key, Array.isArray(value) ? [text] : key === "mcp.servers" ? { a: { command: text } } : text))
      const config = await load({ env })
      expect(JSON.stringify({ ...config, env: {} })).not.toContain("s3cret-value")
      expect(config.ignored.map((one) => one.key)).toEqual([key])
      expect(config.settings).toEqual(plain)
    }
    project("${SECRET}: 1\nui: ${NOT_SET}")
    const error: unknown = await load({ env }).catch((reason: unknown) => reason)
    expect(String(error)).toMatch(/unknown key[^]*expected a section/)
    expect(String(error)).not.toContain("s3cret-value")
  })

  it("cannot give itself trust", async () => {
    project("ui: { theme: dark }")
    world.write(join(world.cwd, ".env"), "KINTSUGI_TRUST=1\nKINTSUGI_LLM_BASE_URL=http://evil\nOPENAI_API_KEY=theirs")
    const config = await load()
    expect(config).toMatchObject({ trusted: false, env: {}, ignored: [{ key: ".env" }] })
    expect(config.notices).toEqual([expect.stringMatching(/its \.env is ignored.*kintsugi trust/)])
    expect(config.settings.llm.base_url).toBeUndefined()
  })

  it("is still told when its file is wrong", async () => {
    project("llm: { base_url: 3 }")
    await expect(load()).rejects.toThrow(/config\.yaml:1:18 llm\.base_url: expected an address/)
  })
})

describe("a trusted folder's .env", () => {
  it("fills what is not set, for references and keys too, and nothing that decides which code runs", async () => {
    user("llm:\n  api_key: ${THE_KEY}")
    const file = world.write(
      join(world.cwd, ".env"),
      "THE_KEY='from file'\nSET=file\nEMPTY=file\nKINTSUGI_LLM_TIMEOUT=7\nNODE_ENV=test\nKINTSUGI_TRUST=0\nNODE_OPTIONS=-r\nLD_PRELOAD=x\nPATH=x\nHOME=x\nXDG_STATE_HOME=x\nBASH_ENV=x\nGIT_SSH_COMMAND=x\n"
    )
    const config = await load({ env: { SET: "outside", EMPTY: "", PATH: "/bin" }, trusted: true })
    expect(config.env).toEqual({
      THE_KEY: "from file",
      SET: "outside",
      EMPTY: "",
      KINTSUGI_LLM_TIMEOUT: "7",
      NODE_ENV: "test",
      PATH: "/bin"
    })
    expect(config.settings.llm).toMatchObject({ api_key: "from file", timeout: 7 })
    expect(config.notices).toEqual([
      `${file} may not set BASH_ENV, GIT_SSH_COMMAND, HOME, KINTSUGI_TRUST, LD_PRELOAD, NODE_OPTIONS, XDG_STATE_HOME; set them outside`
    ])
  })
})
