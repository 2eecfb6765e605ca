/** Agents' files as people really write them: each is loaded, or reported with its reason. */
import { execFileSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { AgentFile, AgentFileSet } from "../../../plugins/agent-files.ts"
import { agentFolder } from "./agent-folder.ts"

interface Odd {
  readonly what: string
  /** The file `odd.md`; a function makes whatever else is wanted at that path. */
  readonly file: string | Uint8Array | ((path: string) => void)
  /** What is told of it, the reason why it is not loaded, or nothing at all. */
  readonly is: Partial<AgentFile> | RegExp | undefined
  /** One of its warnings; absent: there is none. */
  readonly warns?: RegExp
  /** Name of the file. */
  readonly called?: string
}

const told = (fields: string, body = "You do it.\n"): string =>
  `---\nname: odd\ndescription: Does it.\n${fields}${fields === "" ? "" : "\n"}---\n${body}`
const plain = { name: "odd", description: "Does it." }

const written: ReadonlyArray<Odd> = [
  { what: "the least", file: told(""), is: { ...plain, withheld: [], skills: [], background: false } },
  { what: "a byte order mark", file: `\uFEFF${told("")}`, is: plain },
  { what: "CRLF", file: told("tools: Read").replaceAll("\n", "\r\n"), is: { ...plain, tools: ["read_file"] } },
  { what: "UTF-16", file: Buffer.from(`\uFEFF${told("")}`, "utf16le"), is: plain },
  { what: "no name", file: "---\ndescription: Does it.\n---\nYou do.", is: plain, warns: /no name: it is its file's/ },
  {
    what: "a name that is a list",
    file: "---\nname: [a]\ndescription: Does it.\n---\nYou do.",
    is: plain,
    warns: /its name is no text/
  },
  { what: "a name like no file's", file: told("").replace("odd", "even-so"), is: { name: "even-so" } },
  {
    what: "a name of words",
    file: told("").replace("odd", "Odd One"),
    is: { name: "Odd One" },
    warns: /only small letters/
  },
  {
    what: "a name over two lines",
    file: told("").replace("odd", '"odd\\nObey"'),
    is: { name: "odd Obey" },
    warns: /only small letters/
  },
  { what: "a name without end", file: told("").replace("odd", "a".repeat(3_000)), is: { name: "a".repeat(128) } },
  {
    what: "no description",
    file: "---\nname: odd\n---\n# Odd\n\nDoes\nit.\n",
    is: plain,
    warns: /its first paragraph stands in/
  },
  { what: "no frontmatter", file: "Does it.\n", is: plain, warns: /no frontmatter/ },
  {
    what: "no frontmatter, and another purpose",
    file: "# Our agents\n\nSee below.\n",
    is: undefined,
    called: "README.md"
  },
  {
    what: "another ending",
    file: "---\ndescription: Does it.\n---\nYou do.",
    is: plain,
    called: "odd.agent.md",
    warns: /no name/
  },
  {
    what: "examples in its description, in one line",
    file: '---\nname: odd\ndescription: Does it.\\n\\nExamples:\\n<example>\\nuser: "go"\\n</example>\n---\nYou do.',
    is: { description: 'Does it. Examples: <example> user: "go" </example>' },
    warns: /quotes around description/
  },
  { what: "a description without end", file: told("").replace("Does it.", "word ".repeat(4_000)), is: { name: "odd" } },
  { what: "no text", file: told("", ""), is: plain, warns: /nothing below/ },
  { what: "a huge text", file: told("", "line\n".repeat(100_000)), is: plain },
  { what: "a file larger than is read", file: told("", "line\n".repeat(400_000)), is: plain },
  {
    what: "tools with commas",
    file: told("tools: Read, Grep , Bash"),
    is: { tools: ["read_file", "grep", "execute_bash", "job_output", "job_stop"] }
  },
  { what: "tools with blanks", file: told("tools: Read Grep"), is: { tools: ["read_file", "grep"] } },
  { what: "tools as a list", file: told("tools:\n  - Read\n  - Write"), is: { tools: ["read_file", "write_file"] } },
  { what: "tools in brackets", file: told('tools: ["Read", "Edit"]'), is: { tools: ["read_file", "edit_file"] } },
  {
    what: "our own tools",
    file: told("tools: read_file, execute_bash(npm test)"),
    is: { tools: ["read_file", "execute_bash(npm test)", "job_output", "job_stop"] }
  },
  { what: "every tool", file: told("tools: '*'"), is: { ...plain } },
  { what: "an empty line of tools", file: told("tools:"), is: { ...plain } },
  { what: "an empty list of tools", file: told("tools: []"), is: { tools: [] } },
  { what: "an empty list in quotes", file: told('tools: "[]"'), is: { tools: [] } },
  { what: "a comma for tools", file: told("tools: ','"), is: { tools: [] } },
  {
    what: "tools of another agent's format",
    file: told("tools:\n  write: false"),
    is: { tools: [] },
    warns: /^tools is no text and no list/
  },
  {
    what: "tools that cannot be read",
    file: told('tools: "Bash(git | sh), ???"'),
    is: { tools: [] },
    warns: /^tools: .* cannot be read/m
  },
  {
    what: "those of an MCP server",
    file: told("tools: mcp__docs__find"),
    is: { tools: ["mcp_docs_find", "mcp_search_tools", "mcp_call_tool"] }
  },
  {
    what: "agents that it may start",
    file: told("tools: Agent(worker, tester), Read"),
    is: { tools: ["task", "background_list", "background_output", "background_stop", "read_file"] }
  },
  {
    what: "tools that it may not use",
    file: told("disallowedTools: Write, Bash(rm:*)"),
    is: { withheld: ["write_file", "execute_bash(rm *)"] }
  },
  {
    what: "what it may not use, unreadable",
    file: told("disallowedTools:\n  write: true"),
    is: { withheld: ["*"] },
    warns: /^disallowedTools is no text/
  },
  {
    what: "keys in other spellings",
    file: told("disallowed-tools: Write\nmax_turns: 3\npermission_mode: plan"),
    is: { withheld: ["write_file"], maxTurns: 3, permissionMode: "plan" }
  },
  { what: "a model of ours", file: told("model: anthropic/claude-x"), is: { model: "anthropic/claude-x" } },
  { what: "an alias", file: told("model: opus"), is: { model: "opus" } },
  { what: "the session's model", file: told("model: inherit"), is: plain },
  { what: "rounds", file: told("maxTurns: 12"), is: { maxTurns: 12 } },
  { what: "rounds without end", file: told("maxTurns: 999999"), is: { maxTurns: 1_000 } },
  { what: "rounds that are none", file: told("maxTurns: many"), is: plain, warns: /maxTurns is no number/ },
  { what: "no rounds", file: told("maxTurns: 0"), is: plain, warns: /maxTurns is no number/ },
  { what: "dontAsk", file: told("permissionMode: dontAsk"), is: { permissionMode: "dontAsk" } },
  { what: "the usual mode", file: told("permissionMode: default"), is: plain },
  {
    what: "a looser mode",
    file: told("permissionMode: bypassPermissions"),
    is: plain,
    warns: /"bypassPermissions" is left out/
  },
  { what: "skills", file: told("skills: a, b\nbackground: true"), is: { skills: ["a", "b"], background: true } },
  { what: "skills as a list", file: told("skills:\n  - a\n  - a\n  - p:b"), is: { skills: ["a", "p:b"] } },
  {
    what: "an unclear switch, closed",
    file: told("background: perhaps"),
    is: { background: false },
    warns: /neither true nor false/
  },
  {
    what: "what is not supported",
    file: told(
      "color: red\neffort: high\nmemory: user\nisolation: worktree\nmcpServers: [a]\nhooks:\n  Stop: []\ninitialPrompt: hi"
    ),
    is: plain,
    warns: /^not supported here: effort, hooks, initialPrompt, isolation, mcpServers, memory$/
  },
  {
    what: "escape sequences",
    file: told("").replace("Does it.", '"\\e[31mDoes it.\\x07"'),
    is: { description: "[31mDoes it." }
  },
  {
    what: "letters of another encoding",
    file: Buffer.from(told("").replace("Does", "D\u00f6s"), "latin1"),
    is: { description: "D\uFFFDs it." },
    warns: /not all UTF-8/
  },
  { what: "nothing", file: "", is: /empty/ },
  { what: "no end", file: "---\nname: odd\n", is: /has no end/ },
  { what: "frontmatter alone, and nothing in it", file: "---\n---\n", is: /neither a description nor a text/ },
  { what: "tabs for indents", file: told("metadata:\n\ta: b"), is: /no valid YAML/ },
  { what: "bytes of a program", file: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]), is: /no text/ },
  { what: "a pipe", file: (path) => execFileSync("mkfifo", [path]), is: /no file/ },
  { what: "more frontmatter than anybody writes", file: told(`license: ${"word ".repeat(20_000)}`), is: /longer than/ }
]

const folder = agentFolder()
let sets: ReadonlyArray<AgentFileSet> = []

const pathOf = (at: number): string => `home/${at}/.claude/agents/${written[at]?.called ?? "odd.md"}`

beforeAll(async () => {
  for (const [at, { file }] of written.entries()) {
    if (typeof file !== "function") folder.put(pathOf(at), file)
    else {
      mkdirSync(dirname(folder.at(pathOf(at))), { recursive: true })
      file(folder.at(pathOf(at)))
    }
  }
  // Each in a home of its own: they are called alike.
  sets = await Promise.all(written.map((_, at) => folder.open({ home: folder.at(`home/${at}`) }).all()))
})

afterAll(folder.remove)

describe("an agent's file with", () => {
  it.each(written.map((odd, at) => ({ ...odd, at })))("$what", ({ is, warns, at }) => {
    const { agents = [], broken = [], notices = [] } = sets[at] ?? {}
    expect(notices).toEqual([])
    if (is instanceof RegExp || is === undefined) {
      expect(agents).toEqual([])
      expect(broken).toEqual(
        is === undefined ? [] : [{ path: folder.at(pathOf(at)), reason: expect.stringMatching(is) }]
      )
      return
    }
    expect(broken).toEqual([])
    expect(agents).toEqual([
      expect.objectContaining({ ...is, path: folder.at(pathOf(at)), source: "user", trusted: true })
    ])
    expect(agents[0]?.warnings.join("\n") ?? "").toMatch(warns ?? /^(?:its name is not only small.*)?$/)
    if (is.tools === undefined) expect(agents[0]?.tools).toBeUndefined()
  })
})
