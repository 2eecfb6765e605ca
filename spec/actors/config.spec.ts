import { mkdirSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { ConfigError, loadConfig, type Config, type ConfigOptions } from "../../actors/config.ts"
import { expand } from "../../actors/config/expand.ts"
import { keys } from "../../actors/config/keys.ts"
import { valueOf } from "../../actors/config/merge.ts"
import { defaults, type Settings } from "../../actors/settings.ts"
import { samples, yamlOf } from "./config/samples.ts"
import { makeWorld, type World } from "./world.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
})
afterEach(() => world.remove())

const user = (text: string) => world.write(world.userFile, text)
const project = (text: string) => world.write(world.projectFile, text)
const load = (options: Partial<ConfigOptions> = {}): Promise<Config> =>
  loadConfig({ cwd: world.cwd, home: world.home, env: {}, ...options })
const trusted = (env: ConfigOptions["env"] = {}) => load({ env: { ...env, KINTSUGI_TRUST: "1" } })
const problemsOf = async (options: Partial<ConfigOptions> = {}): Promise<ReadonlyArray<string>> => {
  const error: unknown = await load(options).catch((reason: unknown) => reason)
  if (!(error instanceof ConfigError)) throw new Error(`no ConfigError but ${String(error)}`)
  return error.message
    .split("\n")
    .map((line) => line.replaceAll(world.userFile, "USER").replaceAll(world.projectFile, "PROJECT"))
}
/** The defaults as they are loaded: with the home folder in their paths. */
const plain = (): Settings => ({
  ...defaults,
  tools: { ...defaults.tools, blocked_paths: [join(world.home, ".ssh"), join(world.home, ".aws")] }
})

describe("sources", () => {
  it("are nothing but the defaults when there is no file and no variable", async () => {
    const env = { PATH: "/bin", KINTSUGI_TRUST: "0" }
    expect(await load({ env })).toEqual({
      settings: plain(),
      sources: {},
      notices: [],
      trusted: false,
      ignored: [],
      env
    })
  })

  it("lie above each other: user, project, environment, flags", async () => {
    user("llm: { timeout: 1, idle_timeout: 1, max_retries: 1, max_tokens: 1 }\nui:\n  theme: dark")
    project("llm:\n  idle_timeout: 2\n  max_retries: 2\n  max_tokens: 2")
    const env = { KINTSUGI_TRUST: "1", KINTSUGI_LLM_MAX_RETRIES: "3", KINTSUGI_LLM_MAX_TOKENS: "3" }
    const { settings, sources } = await load({ env, flags: { llm: { max_tokens: 4, model: undefined } } })
    expect(settings).toEqual({
      ...plain(),
      llm: { ...defaults.llm, timeout: 1, idle_timeout: 2, max_retries: 3, max_tokens: 4 },
      ui: { ...defaults.ui, theme: "dark" }
    })
    expect(sources).toEqual({
      "llm.timeout": [{ from: "user", where: `${world.userFile}:1` }],
      "llm.idle_timeout": [{ from: "project", where: `${world.projectFile}:2` }],
      "llm.max_retries": [{ from: "environment", where: "KINTSUGI_LLM_MAX_RETRIES" }],
      "llm.max_tokens": [{ from: "flag" }],
      "ui.theme": [{ from: "user", where: `${world.userFile}:3` }]
    })
  })

  it("keep a key and an address with the provider that they were said for", async () => {
    user("llm:\n  model: anthropic/claude\n  api_key: k\n  base_url: http://127.0.0.1:1")
    project("llm: { model: openai/gpt-5 }")
    const { settings, sources, notices } = await trusted()
    expect(settings.llm).toEqual({ ...defaults.llm, model: "openai/gpt-5" })
    expect(Object.keys(sources)).toEqual(["llm.model"])
    expect(notices).toEqual([
      `llm.api_key (${world.userFile}:3) is for anthropic and is not used, because llm.model is one of openai`,
      `llm.base_url (${world.userFile}:4) is for anthropic and is not used, because llm.model is one of openai`
    ])
    const own = await trusted({ KINTSUGI_LLM_API_KEY: "of openai" })
    expect(own.settings.llm).toMatchObject({ model: "openai/gpt-5", api_key: "of openai" })
    const same = await trusted({ KINTSUGI_LLM_MODEL: "anthropic/other" })
    expect(same.settings.llm).toMatchObject({ api_key: "k", base_url: "http://127.0.0.1:1" })
  })

  it("is taken for whatever model a source above chooses, where none was chosen with it", async () => {
    user("llm: { api_key: k }")
    project("llm: { model: openai/gpt-5 }")
    expect((await trusted()).settings.llm).toMatchObject({ model: "openai/gpt-5", api_key: "k" })
  })

  it("add up where they hold rules, and replace the default that nobody named", async () => {
    user(
      "permissions: { deny: [execute_bash(rm *)], allow: [web_search] }\ntools: { blocked_paths: [~/.gnupg], enabled: [read_file] }"
    )
    project(
      "permissions: { deny: [web_search, execute_bash(rm *)] }\ntools: { blocked_paths: [./secret], enabled: [grep_search] }"
    )
    const { settings, sources } = await trusted({ KINTSUGI_PERMISSIONS_DENY: "a,b" })
    expect(settings.permissions.deny).toEqual(["execute_bash(rm *)", "web_search", "a", "b"])
    expect(settings.permissions.allow).toEqual(["web_search"])
    expect(settings.tools.blocked_paths).toEqual([join(world.home, ".gnupg"), "./secret"])
    expect(settings.tools.enabled).toEqual(["grep_search"])
    expect(sources["permissions.deny"]?.map(({ from }) => from)).toEqual(["user", "project", "environment"])
  })

  it("may be empty, say nothing, or leave keys without a value", async () => {
    for (const text of [
      "",
      "# only a comment\n",
      "---\n",
      "llm:\n",
      "llm: { model:, base_url:, api_key:, fallback: }\nmcp:\n  servers:\n"
    ]) {
      user(text)
      expect((await load()).settings).toEqual(plain())
    }
  })

  it("may be the whole configuration as it is documented", async () => {
    user(documented)
    const settings = (await load()).settings
    expect(settings).toEqual({ ...plain(), llm: { ...defaults.llm, model: "anthropic/claude-sonnet-5" } })
  })
})

/** As DESIGN.md 3 has it. */
const documented = `
llm:      { model: anthropic/claude-sonnet-5, fallback: [], base_url:, api_key:, timeout: 300, idle_timeout: 120, max_retries: 3, temperature:, max_tokens:, reasoning: }
react:    { enabled: true, max_turns: 50, protocol: native }      # protocol: text for models without tool calling
tools:    { enabled: [], disabled: [], timeout: 120, allow_bash: true, allow_file_write: true, allowed_paths: [./], blocked_paths: [~/.ssh, ~/.aws], output_limit: 50000 }
plugins:  { enabled: [], disabled: [], hook_timeout: 5, isolation: child }
healing:  { enabled: true, strategies: [wrap, stub, install, patch, rewrite], install: declared, rewrite: overlay, use_model: true,   # install: declared|ask|never
            tool_restarts: { max: 3, seconds: 5 }, plugin_restarts: { max: 5, seconds: 60 } }
permissions: { mode: ask, allow: [], ask: [], deny: [] }
channels: { websocket: { host: 127.0.0.1, port: 8080, api_keys: [], require_auth: true, allowed_origins: [] }, a2a: { host: 127.0.0.1, port: 18800, token:, peers: [] } }
mcp:      { servers: {} }                                          # and .mcp.json, in the common format
skills:   { paths: [] }
heartbeat: { enabled: true, interval: 30, timeout: 90 }
ui:       { theme: auto, show_thinking: false, show_tool_calls: true }
`

describe("every key", () => {
  it("has a sample below and a default that differs", () => {
    expect(Object.keys(samples)).toEqual([...keys.keys()])
    for (const [key, [value]] of Object.entries(samples)) expect(valueOf(defaults, key)).not.toEqual(value)
  })

  it.each(Object.entries(samples))(
    "%s may come from a file, an expanded variable and the environment",
    async (key, [value, text]) => {
      user(yamlOf(key, value))
      expect(valueOf((await load()).settings, key)).toEqual(value)
      user(yamlOf(key, "${SAMPLE}"))
      expect(valueOf((await load({ env: { SAMPLE: text } })).settings, key)).toEqual(value)
      user("")
      const variable = `KINTSUGI_${key.replaceAll(".", "_").toUpperCase()}`
      const { settings, sources } = await load({ env: { [variable]: text } })
      expect(valueOf(settings, key)).toEqual(value)
      expect(sources).toEqual({ [key]: [{ from: "environment", where: variable }] })
      expect((await load({ env: { [variable]: "" } })).settings).toEqual(plain())
    }
  )

  it("is refused when it holds something else, and says what was expected", async () => {
    for (const key of keys.keys()) {
      user(yamlOf(key, { wrong: true }))
      const [problem] = await problemsOf()
      expect(problem).toMatch(
        new RegExp(`^USER:1:\\d+ ${key.replaceAll(".", "\\.")}(\\.wrong)?: expected .+, got (\\{"wrong":.*|true)$`)
      )
    }
  })
})

describe("what is wrong", () => {
  it("is said all at once, in the order of the file, with line, column, key and what was expected", async () => {
    user(`
llm:
  timeout: soon
  tiemout: 3
  maxRetries: 4
  fallback: [openai/a, b]
  api_key: [sk-secret-secret-secret]
  base_url: ftp://a:password@b
max_turns: 4
permissions: { mode: yolo, deny: ["rm -rf", 7, "Bash(rm *)"] }
mcp: { servers: { a: { command: x, url: "http://x" }, b: { comand: x } } }
channels: { a2a: { peers: [{ name: x }] } }
tools: 3
ui: { theme: dark, show_thinking: no }
"\\e[31mred": 1
`)
    expect(
      await problemsOf({
        env: { KINTSUGI_TOOLS_TIMEOUT: "-1", KINTSUGI_LLM_API_KEY: "x", KINTSUGI_HEALING_STRATEGIES: "wrap,glue" }
      })
    ).toEqual([
      'USER:3:12 llm.timeout: expected seconds, above 0 and at most 604800 (a week), got "soon"',
      "USER:4:3 llm.tiemout: unknown key; did you mean llm.timeout?",
      "USER:5:3 llm.maxRetries: unknown key; did you mean llm.max_retries?",
      'USER:6:24 llm.fallback.1: expected provider/model, for example openai/gpt-5, got "b"',
      'USER:7:12 llm.api_key: expected a text that is not empty, got ["****cret"]',
      'USER:8:13 llm.base_url: expected an address that starts with http:// or https://, without a name or password in it, got "ftp://****@b"',
      "USER:9:1 max_turns: unknown key; did you mean react.max_turns?",
      'USER:10:22 permissions.mode: expected one of plan, ask, edits, auto, got "yolo"',
      'USER:10:35 permissions.deny.0: expected tool or tool(pattern), for example execute_bash(npm test *), got "rm -rf"',
      "USER:10:45 permissions.deny.1: expected a rule: tool, or tool(pattern), got 7",
      'USER:10:48 permissions.deny.2: no tool is called Bash; expected execute_bash, got "Bash(rm *)"',
      'USER:11:22 mcp.servers.a: expected a server with either command or url, got {"command":"x","url":"http://x"}',
      'USER:11:58 mcp.servers.b: expected a server with either command or url, got {"comand":"x"}',
      "USER:11:60 mcp.servers.b.comand: unknown key; did you mean mcp.servers.b.command?",
      "USER:12:28 channels.a2a.peers.0.url: expected an address that starts with http:// or https://, without a name or password in it, got nothing",
      "USER:13:8 tools: expected a section with keys of its own, got 3",
      'USER:14:35 ui.show_thinking: expected true or false, got "no"',
      'USER:15:1 "\\u001b[31mred": unknown key',
      'KINTSUGI_TOOLS_TIMEOUT tools.timeout: expected seconds, above 0 and at most 604800 (a week), got "-1"',
      'KINTSUGI_HEALING_STRATEGIES healing.strategies.1: expected one of wrap, stub, install, patch, rewrite, got "wrap,glue"'
    ])
  })

  it("is a provider that takes a registered one's place or variables", async () => {
    user(`
llm:
  providers:
    openai: { base_url: http://localhost:1, api_key: sk-secret-secret-secret }
    office: { base_url: http://localhost:1, env: [OFFICE_KEY] }
    mine:
      base_url: http://localhost:1
      env: [GROQ_API_KEY]
`)
    const problems = await problemsOf()
    expect(problems).toEqual([
      expect.stringMatching(
        /^USER:4:13 llm\.providers\.openai: expected an id of its own: OpenAI is registered as openai; to reach it elsewhere, set llm\.base_url, got /
      ),
      expect.stringMatching(
        /^USER:7:7 llm\.providers\.mine: expected variables of its own: GROQ_API_KEY is a variable of groq/
      )
    ])
    expect(problems.join()).not.toContain("sk-secret")
  })

  it.each([
    ["llm: [1", /^USER:1:\d+ is not valid YAML: /],
    ["llm:\n\ttimeout: 1", /^USER:2:1 is not valid YAML: Tabs/],
    ["llm: { api_key: ${KEY} }", /^USER:1:\d+ is not valid YAML: .*must stand in quotes: "\$\{NAME\}"/],
    ["a: 1\n---\nb: 2", /^USER:2:1 is not valid YAML: .*multiple documents/],
    ["llm: *nowhere", /^USER:1:1 is not valid YAML: Unresolved alias/],
    ["llm: !!js/function x", /^USER:1:6 is not valid YAML: Unresolved tag/],
    [bomb(), /^USER:1:1 is not valid YAML: Excessive alias count/],
    ["- llm", /^USER:1:1 expected sections such as llm and tools, each with its keys, got \["llm"\]/],
    ["llm: { modle:, model: }", /^USER:1:8 llm\.modle: unknown key; did you mean llm\.model\?/],
    [
      "mcp: { servers: { a: } }",
      /^USER:1:\d+ mcp\.servers\.a: expected a server: command and args, or url, got nothing/
    ],
    [
      "llm: { providers: { a/b: { base_url: http://a } } }",
      /^USER:1:\d+ llm\.providers\."a\/b": expected providers by id, a name without slashes or blanks/
    ],
    [
      "llm: { providers: { a: { base_url: 'http://me:secret-word@a/v1' } } }",
      /^USER:1:\d+ llm\.providers\.a\.base_url: expected an address .*without a name or password in it, got "http:\/\/\*{4}@a\/v1"$/
    ],
    ["llm: { providers: { a: { base_url: http://a, quirks: { maxtokens: x } } } }", /quirks\.maxtokens: unknown key$/],
    [
      "llm: { providers: { a: { base_url: http://a, headers: { X Team: b } } } }",
      /^USER:1:\d+ llm\.providers\.a\.headers.*: expected .*letters, digits and -/
    ],
    [
      'llm: { providers: { a: { base_url: http://a, headers: { X: "b\\nc" } } } }',
      /^USER:1:\d+ llm\.providers\.a\.headers\.X: expected the text of a header, in one line/
    ],
    [
      "llm: { providers: { a: { dialect: chat, base_url: http://a } } }",
      /llm\.providers\.a\.dialect: expected one of openai-/
    ],
    [
      "llm: { models: { nothing: {} } }",
      /^USER:1:\d+ llm\.models\.nothing: expected facts by model, as provider\/model/
    ],
    [
      "llm: { models: { a/b: { price: { input: 1 } } } }",
      /^USER:1:\d+ llm\.models\."a\/b"\.price\.output: expected US dollars per million tokens/
    ],
    ["__proto__: { timeout: 1 }", /^USER:1:1 __proto__: unknown key/],
    ["llm: { constructor: 1 }", /^USER:1:8 llm\.constructor: unknown key/]
  ])("is found in %j", async (text, problem) => {
    user(text)
    const problems = await problemsOf()
    expect(problems).toEqual([expect.stringMatching(problem)])
  })

  it("is every key that stands twice", async () => {
    user("llm: { timeout: 1, timeout: 2 }\nui: {}\nui: {}")
    expect(await problemsOf()).toEqual([
      expect.stringMatching(/^USER:1:20 .*unique/),
      expect.stringMatching(/^USER:3:1 .*unique/)
    ])
  })

  it("is a file that is none, or never ends", async () => {
    mkdirSync(world.projectFile, { recursive: true })
    expect(await problemsOf()).toEqual(["PROJECT is not a file of at most 1000000 bytes"])
    world.remove()
    mkdirSync(dirname(world.projectFile), { recursive: true })
    symlinkSync("/dev/zero", world.projectFile)
    expect(await problemsOf()).toEqual(["PROJECT is not a file of at most 1000000 bytes"])
  })

  it("is only a notice where a variable is not ours to know", async () => {
    const { notices } = await load({
      env: { KINTSUGI_LLM_TIEMOUT: "1", KINTSUGI_SOMETHING_ELSE_ENTIRELY: "1", KINTSUGI_DEBUG: "1" }
    })
    expect(notices).toEqual([
      "the environment variable KINTSUGI_LLM_TIEMOUT is not known; did you mean KINTSUGI_LLM_TIMEOUT?",
      "the environment variable KINTSUGI_SOMETHING_ELSE_ENTIRELY is not known"
    ])
  })
})

/** Small to read, and 10^9 times as large when it is unfolded. */
function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, n) => `l${n}: &l${n} [${Array.from({ length: 10 }, () => (n === 0 ? "x" : `*l${n - 1}`)).join(", ")}]`
  )
  return levels.join("\n")
}

describe("references", () => {
  const env = { KEY: "value", EMPTY: "" }
  it.each([
    ["${KEY}", "value"],
    ["a${KEY}b${KEY}", "avaluebvalue"],
    ["${NONE:-default}", "default"],
    ["${EMPTY:-default}", "default"],
    ["${KEY:-default}", "value"],
    ["${EMPTY}", ""],
    ["${NONE:-}", ""],
    ["${NONE:-a:-b}", "a:-b"],
    ["$${KEY}", "${KEY}"],
    ["$KEY $ $$ {KEY}", "$KEY $ $$ {KEY}"]
  ])("%s is %j", (text, expanded) => {
    expect(expand(text, env)).toEqual({ text: expanded })
  })

  it("leave any text as it was that is escaped", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", "a", ":", "-") }), (text) => {
        expect(
          expand(
            text.replaceAll("${", () => "$${"),
            env
          )
        ).toEqual({ text })
      })
    )
  })

  it("name the file, line, key and variable when it is not set, and say when they are malformed", async () => {
    user('llm:\n  model: ${NONE}\n  fallback: [openai/a, "openai/${ALSO_NONE}"]\n  base_url: ${KEY-x}')
    expect(await problemsOf({ env })).toEqual([
      "USER:2:10 llm.model: the variable NONE is not set; set it, or write ${NONE:-default}",
      "USER:3:24 llm.fallback.1: the variable ALSO_NONE is not set; set it, or write ${ALSO_NONE:-default}",
      'USER:4:13 llm.base_url: expected ${NAME} or ${NAME:-default}, got "${KEY-x}"; write $${ for a literal ${'
    ])
  })

  it("never show what they stand for", async () => {
    user("llm:\n  timeout: ${SECRET}\n  model: ${SECRET}")
    expect((await problemsOf({ env: { SECRET: "sk-123" } })).join()).not.toContain("sk-123")
  })

  it("count as not set where they are empty", async () => {
    user("llm:\n  model: ${NONE:-}\n  timeout: ${EMPTY}")
    expect((await load({ env })).settings).toEqual(plain())
  })
})
