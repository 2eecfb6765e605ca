import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { setKey, unsetKey, writtenValue } from "../../../actors/config/edit.ts"
import { readConfig } from "../../../actors/config/file.ts"
import { keys } from "../../../actors/config/keys.ts"
import { template } from "../../../actors/config/template.ts"
import { settingsSchema } from "../../../actors/config/schema.ts"
import { defaults } from "../../../actors/settings.ts"

const set = (text: string, key: string, value: string): string => setKey(text, key, value, {})

/** Written by hand, in a way that no printer would keep. */
const handmade = `# mine
llm:     { model: openai/a,   timeout:    300 }   # fast
tools:
    timeout: 5       # seconds

    # no shell here
    allow_bash: false
    disabled:
    - web_search   # offline
    - web_fetch


# last
ui: {}
`

describe("setting a key", () => {
  it.each([
    ["llm.timeout", "7", "timeout:    300 }", "timeout:    7 }"],
    ["llm.model", "openai/gpt-5", "openai/a,", "openai/gpt-5,"],
    ["llm.api_key", "${MY_KEY}", "300 }", '300, api_key: "${MY_KEY}" }'],
    ["tools.timeout", "7", "timeout: 5 ", "timeout: 7 "],
    ["tools.allow_bash", "1", "allow_bash: false", "allow_bash: true"],
    ["tools.disabled", "a, b", "disabled:\n    - web_search   # offline\n    - web_fetch", "disabled: [ a, b ]"],
    ["tools.output_limit", "10", "    - web_fetch\n", "    - web_fetch\n    output_limit: 10\n"],
    ["ui.theme", "dark", "ui: {}", "ui: { theme: dark }"],
    [
      "permissions.deny",
      "execute_bash(rm a, b)",
      "ui: {}\n",
      'ui: {}\npermissions:\n  deny: [ "execute_bash(rm a, b)" ]\n'
    ],
    ["mcp.servers.git.command", "git-mcp", "ui: {}\n", "ui: {}\nmcp:\n  servers:\n    git:\n      command: git-mcp\n"]
  ])("%s changes nothing but it", (key, value, before, after) => {
    expect(handmade).toContain(before)
    expect(set(handmade, key, value)).toBe(handmade.replace(before, () => after))
  })

  it("makes the file and the sections that are not there", () => {
    expect(set("", "llm.model", "openai/a")).toBe("llm:\n  model: openai/a\n")
    expect(set("# mine\n", "channels.websocket.port", "1")).toBe("# mine\n\nchannels:\n  websocket:\n    port: 1\n")
    expect(parse(set("llm: # the model\nui: {}", "llm.timeout", "1"))).toEqual({ llm: { timeout: 1 }, ui: {} })
    expect(set("channels:\n  # here\nui: {}", "channels.websocket.port", "1")).toMatch(/# here/)
    expect(set("llm: # the model\nui: {}", "llm.timeout", "1")).toMatch(/# the model/)
    expect(set("llm:\n    model:      # which\n    timeout:   5\n", "llm.model", "openai/a")).toBe(
      "llm:\n    model: openai/a      # which\n    timeout:   5\n"
    )
    for (const empty of ["model:", "model: ", "model"]) {
      expect(set(`llm: { ${empty}, timeout:   5 }`, "llm.model", "openai/a")).toMatch(
        /^llm: \{ model: openai\/a ?, timeout: {3}5 \}$/
      )
    }
  })

  it("below what config init wrote leaves that as it is", () => {
    expect(set(template(), "llm.timeout", "7")).toBe(`${template()}\nllm:\n  timeout: 7\n`)
  })

  it("quotes what would be read as something else", () => {
    for (const value of ["123", "true", "null", "a: b", "# c", "- d", "'", "*e", "x".repeat(200) + " y"]) {
      expect(parse(set("", "llm.api_key", value))).toEqual({ llm: { api_key: value } })
      expect(parse(set("llm: { model: openai/a }", "llm.api_key", value))).toEqual({
        llm: { model: "openai/a", api_key: value }
      })
    }
  })

  it.each([
    ["llm.tiemout", "1", "llm.tiemout: unknown key; did you mean llm.timeout?"],
    ["nothing", "1", "nothing: unknown key"],
    ["ui", "1", "ui: is a section; set one of ui.theme, ui.show_thinking, ui.show_tool_calls"],
    ["llm.timeout", "soon", 'llm.timeout: expected seconds, above 0 and at most 604800 (a week), got "soon"'],
    ["tools.disabled.x", "1", "tools.disabled.x: unknown key; did you mean tools.disabled?"],
    [
      "permissions.deny",
      "rm -rf",
      'permissions.deny.0: expected tool or tool(pattern), for example execute_bash(npm test *), got "rm -rf"'
    ],
    [
      "llm.model",
      "${X-y}",
      'llm.model: expected ${NAME} or ${NAME:-default}, got "${X-y}"; write $${ for a literal ${'
    ],
    [
      "mcp.servers.a.url",
      "nowhere",
      'mcp.servers.a.url: expected an address that starts with http:// or https://, got "nowhere"'
    ]
  ])("refuses %s = %s", (key, value, message) => {
    expect(() => set(handmade, key, value)).toThrow(expect.objectContaining({ name: "ConfigError", message }))
  })

  it("refuses to touch a file that is no YAML, or has a value where the section should be", () => {
    expect(() => set("llm: [", "llm.timeout", "1")).toThrow(/the file is not valid YAML/)
    expect(() => set("llm: 3", "llm.timeout", "1")).toThrow(/llm: expected a section with keys of its own, got 3/)
    expect(() => set("- a", "llm.timeout", "1")).toThrow(/expected a section with keys of its own, got a list/)
    expect(() => set("channels: { a2a: { peers: [] } }", "channels.a2a.peers.0.name", "x")).toThrow(
      /peers: expected a section.*got a list/
    )
  })

  it("works in a file that is wrong elsewhere, so that it can be mended", () => {
    expect(set("llm: { tiemout: 1, timeout: x }", "llm.timeout", "2")).toBe("llm: { tiemout: 1, timeout: 2 }")
  })
})

describe("removing a key", () => {
  it.each([
    ["llm.timeout", ",   timeout:    300", ""],
    ["llm.model", "model: openai/a,   ", ""],
    ["tools.timeout", "    timeout: 5       # seconds\n", ""],
    ["tools.disabled", "    disabled:\n    - web_search   # offline\n    - web_fetch\n", ""],
    ["ui", "ui: {}\n", ""]
  ])("%s changes nothing but it", (key, before, after) => {
    expect(handmade).toContain(before)
    expect(unsetKey(handmade, key)).toBe(handmade.replace(before, after))
  })

  it("removes the sections that it leaves empty", () => {
    expect(unsetKey("# a\nchannels:\n  websocket:\n    port: 1\nui: {}\n", "channels.websocket.port")).toBe(
      "# a\nui: {}\n"
    )
    expect(unsetKey("llm: { timeout: 1 }\n", "llm.timeout")).toBe("")
  })

  it("also removes what is wrong, and says when there is nothing", () => {
    expect(unsetKey("llm: { tiemout: 1, timeout: 2 }", "llm.tiemout")).toBe("llm: { timeout: 2 }")
    expect(unsetKey(handmade, "llm.api_key")).toBeUndefined()
    expect(unsetKey("", "llm.api_key")).toBeUndefined()
  })
})

it("changes exactly one value, whatever the file looks like", () => {
  const key = fc.constantFrom(
    "llm.timeout",
    "llm.max_tokens",
    "tools.output_limit",
    "channels.a2a.port",
    "healing.tool_restarts.max"
  )
  const step = fc.tuple(key, fc.option(fc.integer({ min: 1, max: 9999 })))
  const style = fc.constantFrom(
    "",
    handmade,
    "llm: {max_tokens: 1}",
    "tools:\n  output_limit: 5 # five\n",
    "channels: {a2a: {port: 4}}\nhealing:\n"
  )
  fc.assert(
    fc.property(style, fc.array(step, { maxLength: 12 }), (start, steps) => {
      let text: string = start
      const expected = new Map<string, unknown>([...keys.keys()].map((path) => [path, writtenValue(start, path)]))
      for (const [path, value] of steps) {
        text = value === null ? (unsetKey(text, path) ?? text) : set(text, path, String(value))
        expected.set(path, value ?? undefined)
      }
      expect(readConfig("file", text, {}, "expand").problems).toEqual([])
      expect(new Map([...keys.keys()].map((path) => [path, writtenValue(text, path)]))).toEqual(expected)
      for (const comment of start === handmade ? ["# mine", "# no shell here", "# last"] : [])
        expect(text).toContain(comment)
    })
  )
})

describe("the template", () => {
  it("says nothing as it stands, and every default when it is uncommented", () => {
    expect(parse(template())).toBeNull()
    const active = template().replaceAll(/^# (?= *\w+:)/gm, "")
    const { problems, entries } = readConfig("template", active, {}, "expand")
    expect(problems).toEqual([])
    const withoutNulls: unknown = JSON.parse(JSON.stringify(parse(active), (_, value: unknown) => value ?? undefined))
    expect(settingsSchema.parse(withoutNulls)).toEqual(defaults)
    expect(entries.size).toBe([...keys.keys()].length - unset.length)
  })

  it("names and explains every key", () => {
    const lines = template().split("\n")
    for (const { path, info } of keys.values()) {
      const name = path.slice(path.lastIndexOf(".") + 1)
      expect(
        lines.some(
          (line, at) =>
            line.endsWith(`# ${info.about}`) &&
            lines[at + 1]?.trimStart().startsWith("#") &&
            lines[at + 1]?.includes(` ${name}:`)
        )
      ).toBe(true)
    }
  })

  const unset = [
    "llm.model",
    "llm.base_url",
    "llm.api_key",
    "llm.temperature",
    "llm.max_tokens",
    "llm.reasoning",
    "llm.max_cost",
    "llm.max_tokens_total",
    "channels.a2a.token",
    "channels.a2a.url"
  ]
})
