/** Plugins for Claude Code by the command line: from git and from folders, shown before they come, kept anew, taken away. */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { PassThrough } from "node:stream"
import { text } from "node:stream/consumers"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { run } from "../../../channels/cli/main.ts"
import { pluginWorld, type PluginWorld } from "./plugin-world.ts"

let world: PluginWorld
/** The repository's files, and how git is told where it is. */
let files = ""
let address = ""

const git = (...words: ReadonlyArray<string>): string =>
  execFileSync("git", ["-C", files, "-c", "user.name=a", "-c", "user.email=a@b.c", ...words], {
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "", GIT_CONFIG_NOSYSTEM: "1", HOME: files }
  }).trim()

const write = (folder: string, contents: Readonly<Record<string, string | object>>): void => {
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content))
  }
}

const hooks = (command: string) => ({ hooks: { PreToolUse: [{ hooks: [{ type: "command", command }] }] } })

/** One of everything. */
const demo = {
  ".claude-plugin/plugin.json": { name: "tools", version: "1.0.0", outputStyles: "./styles" },
  "skills/say/SKILL.md": "---\nname: say\ndescription: Says it.\n---\nSay it.\n",
  "commands/hello.md": "Hello.\n",
  "agents/who.md": "---\nname: who\ndescription: Knows who.\n---\nYou know.\n",
  "hooks/hooks.json": hooks("true\u202e # \u001b[2J${CLAUDE_PLUGIN_ROOT}"),
  ".mcp.json": { mcpServers: { db: { command: "node", args: ["${CLAUDE_PLUGIN_ROOT}/db.mjs"] } } }
}

const commit = (contents: Readonly<Record<string, string | object>>): string => {
  write(files, contents)
  git("add", "-A")
  git("commit", "-qm", "more")
  return git("rev-parse", "HEAD")
}

beforeAll(async () => {
  world = await pluginWorld()
  files = join(world.cwd, "..", "repository")
  mkdirSync(files)
  git("init", "-q", "-b", "main")
  // As most servers have it: a commit may be asked for by its name.
  git("config", "uploadpack.allowAnySHA1InWant", "true")
  address = `git+file://${files}`
})
afterAll(() => world.remove())
afterEach(() => {
  for (const folder of [world.global, world.local, join(world.env.HOME ?? "", ".config/kintsugi/config.yaml")])
    rmSync(folder, { recursive: true, force: true })
})

const listed = async (name: string): Promise<Record<string, unknown>> => {
  const { out } = await world.plugin("list", "--json")
  return (JSON.parse(out) as ReadonlyArray<Record<string, unknown>>).find((one) => one.name === name) ?? {}
}

describe("from git", { timeout: 30_000 }, () => {
  it("is shown whole, comes, is told of, kept anew, switched off and taken away", async () => {
    const first = commit(demo)
    const came = await world.plugin("install", address, "-y")
    expect({ code: came.code, out: came.out }).toEqual({
      code: 0,
      out: "installed tools 1.0.0 (1 skill, 1 command, 1 agent, 1 hook, 1 MCP server; not supported: output styles)\n"
    })
    expect(came.err.split("\n")).toEqual([
      `git fetches file://${files} …`,
      `tools 1.0.0 from file://${files} at ${first.slice(0, 12)}`,
      "  skills (1): tools:say (/tools-say)",
      "  commands (1): /tools-hello",
      "  agents (1): tools:who",
      "  hooks (1), run as you:",
      "    PreToolUse: true<U+202E> # ␛[2J${CLAUDE_PLUGIN_ROOT}",
      "  MCP servers (1), run as you:",
      "    plugin:tools:db: node ${CLAUDE_PLUGIN_ROOT}/db.mjs",
      "  not supported here: output styles",
      ""
    ])
    expect(readdirSync(join(world.global, "tools"))).not.toContain(".git")
    expect(await listed("tools")).toMatchObject({
      tier: "global",
      state: "healthy",
      root: join(world.global, "tools"),
      origin: { address: `file://${files}`, commit: first },
      brings: { skills: ["tools:say"], unsupported: ["output styles"] }
    })
    expect((await world.plugin("list")).out).toMatch(/^tools +global +1\.0\.0 +healthy +1 skill, 1 command,/m)
    const { out: info } = await world.plugin("info", "tools")
    expect(info).toContain(`commit   ${first}`)
    expect(info).toContain("skills (1): tools:say (/tools-say)")
    expect((await world.plugin("doctor", "tools")).code).toBe(0)

    expect((await world.plugin("update", "tools")).err).toContain("tools is as it was\n")
    const second = commit({ "commands/more.md": "More.\n" })
    const anew = await world.plugin("update", "--json")
    expect(JSON.parse(anew.out)).toMatchObject({
      installed: [{ plugin: "tools", origin: { commit: second }, brings: { commands: ["tools:hello", "tools:more"] } }]
    })
    commit({ "hooks/hooks.json": hooks("false") })
    const asked = await world.plugin("update")
    expect(asked).toMatchObject({ code: 3, err: expect.stringContaining("say yes with -y; nothing was installed") })
    expect((await listed("tools")).origin).toMatchObject({ commit: second })

    await world.plugin("disable", "tools")
    expect(await listed("tools")).toMatchObject({ state: "disabled" })
    expect((await world.kintsugi("skills", "list")).out).not.toContain("tools:say")
    await world.plugin("enable", "tools")
    expect((await world.kintsugi("skills", "list")).out).toContain("tools:say")
    const gone = await world.plugin("uninstall", "tools")
    expect(gone).toMatchObject({ code: 0, out: `uninstalled tools from ${world.global}\n` })
    expect(existsSync(world.global)).toBe(false)
  })

  it("takes a branch and a commit by name; what is not there, or leads out, leaves nothing", async () => {
    const old = commit({ ...demo, "commands/old.md": "x" })
    git("branch", "-f", "side")
    rmSync(join(files, "commands/old.md"))
    commit({})
    for (const ref of ["side", old]) {
      const { code } = await world.plugin("install", `${address}#${ref}`, "-y")
      expect([ref, code, existsSync(join(world.global, "tools/commands/old.md"))]).toEqual([ref, 0, true])
    }
    await world.plugin("uninstall", "tools")
    const missing = await world.plugin("install", `${address}#gone`, "-y")
    expect(missing).toMatchObject({ code: 1, err: expect.stringMatching(/git cannot fetch it: .*gone.*nothing was/) })
    symlinkSync("/etc", join(files, "skills/etc"))
    commit({})
    expect(await world.plugin("install", address, "-y")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/skills\/etc in it is a link that leads out of it/)
    })
    rmSync(join(files, "skills/etc"))
    commit({})
    expect(existsSync(world.global)).toBe(false)
  })

  it("nothing that the user's git would run besides is run", async () => {
    const ran = join(world.cwd, "..", "ran")
    const config = join(world.env.HOME ?? "", ".gitconfig")
    write(files, { "evil/post-checkout": `#!/bin/sh\ntouch ${ran}\n` })
    execFileSync("chmod", ["+x", join(files, "evil/post-checkout")])
    commit(demo)
    writeFileSync(config, `[core]\n\thooksPath = ${files}/evil\n[init]\n\ttemplateDir = ${files}/evil\n`)
    expect((await world.plugin("install", address, "-y")).code).toBe(0)
    expect(existsSync(ran)).toBe(false)
    rmSync(config)
    rmSync(join(files, "evil"), { recursive: true })
  })
})

describe("from a folder", () => {
  /** Somebody sits there and types. */
  const typing = async (answer: string, ...words: ReadonlyArray<string>) => {
    const terminal = () => Object.assign(new PassThrough(), { isTTY: true })
    const [stdin, stdout, stderr] = [terminal(), new PassThrough(), terminal()]
    const [out, err] = [text(stdout), text(stderr)]
    stdin.end(answer)
    const code = await run(["plugin", ...words], { stdin, stdout, stderr, env: world.env, cwd: world.cwd }, "0.0.0")
    stdout.end()
    stderr.end()
    return { code, out: await out, err: await err }
  }
  const folder = () => join(world.cwd, "mine")

  it("without a terminal and without a word it does not come; with a terminal it is asked", async () => {
    write(folder(), demo)
    const silent = await world.plugin("install", "./mine")
    expect(silent).toMatchObject({
      code: 3,
      out: "",
      err: expect.stringMatching(/MCP servers \(1\)[^]*say yes with -y/)
    })
    expect(existsSync(world.global)).toBe(false)
    for (const answer of ["n\n", "\n", ""]) {
      expect(await typing(answer, "install", "./mine")).toMatchObject({ code: 1, out: "" })
      expect(existsSync(world.global)).toBe(false)
    }
    const asked = await typing("y\n", "install", "./mine")
    expect(asked).toMatchObject({ code: 0, err: expect.stringContaining("Install tools? [y/N] ") })
    expect(asked.out).toMatch(/^installed tools 1\.0\.0/)
  })

  it("into a project it counts when that is trusted; of a marketplace one is named", async () => {
    write(folder(), {
      ".claude-plugin/marketplace.json": {
        name: "m",
        plugins: [
          { name: "a", source: "./a" },
          { name: "b", source: "./b" }
        ]
      },
      "a/commands/x.md": "x",
      "b/commands/x.md": "x"
    })
    rmSync(join(folder(), ".claude-plugin/plugin.json"), { force: true })
    expect(await world.plugin("install", "./mine", "-y")).toMatchObject({ code: 2, err: expect.stringMatching(/a, b/) })
    expect(await world.plugin("install", "words", "--plugin", "a")).toMatchObject({ code: 2 })
    const came = await world.plugin("install", "./mine", "--plugin", "b", "--local", "-y")
    expect(came).toMatchObject({ code: 0, err: expect.stringContaining("kintsugi trust") })
    expect(await listed("b")).toMatchObject({ tier: "local", state: "untrusted" })
    await world.kintsugi("trust")
    expect(await listed("b")).toMatchObject({ state: "healthy", brings: { commands: ["b:x"] } })
    expect((await world.plugin("uninstall", "b")).code).toBe(0)
    await world.kintsugi("trust", "--revoke")
  })

  it("what was put there by hand is listed, and is not ours to take away or to replace", async () => {
    write(world.global, { "byhand/skills/one/SKILL.md": "---\ndescription: One.\n---\nOne.\n" })
    expect(await listed("byhand")).toMatchObject({ state: "healthy" })
    expect(await world.plugin("uninstall", "byhand")).toMatchObject({
      code: 1,
      err: expect.stringContaining(`it lies in ${join(world.global, "byhand")}; remove it there`)
    })
    expect(existsSync(join(world.global, "byhand"))).toBe(true)
  })

  it("doctor says what is wrong with each part, of one that is there or of any folder", async () => {
    write(join(world.cwd, "sick"), {
      ".claude-plugin/plugin.json": { name: "sick", skills: "./gone" },
      "skills/empty/SKILL.md": "",
      "skills/fine/SKILL.md": "---\nname: other\ndescription: Fine.\n---\nFine.\n",
      "agents/none.md": "",
      "hooks/hooks.json": "{",
      ".mcp.json": { db: { command: "${NOT_SET}" } }
    })
    const { code, out } = await world.plugin("doctor", "./sick")
    expect(code).toBe(1)
    for (const said of [
      /✗ manifest: skills: "\.\/gone" is not there/,
      /✗ .*skills\/empty\/SKILL\.md: it is empty/,
      /✗ .*agents\/none\.md: /,
      /✗ .*hooks\/hooks\.json: /,
      /✗ plugin:sick:db: .*NOT_SET is not set/,
      /- .*skills\/fine\/SKILL\.md: /
    ])
      expect(out).toMatch(said)
  })
})

/** An MCP server of one tool, which says where it is. */
const server = `
import { createInterface } from "node:readline"
const send = (answer) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...answer }) + "\\n")
const results = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "db", version: "1" } }),
  "tools/list": () => ({ tools: [{ name: "query", inputSchema: { type: "object" }, annotations: { readOnlyHint: true } }] }),
  "tools/call": () => ({ content: [{ type: "text", text: [process.env.CLAUDE_PLUGIN_ROOT, process.cwd()].join(" ") }] })
}
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) continue
  const answer = results[method]
  send(answer ? { id, result: answer(params) } : { id, error: { code: -32601, message: "no" } })
}
`

it(
  "what an installed plugin brings is used: its skill, its command, its agent, its server; its hook denies",
  { timeout: 30_000 },
  async () => {
    write(join(world.cwd, "all"), {
      ...demo,
      "skills/say/SKILL.md": "---\nname: say\ndescription: Says it.\n---\nRead ${CLAUDE_PLUGIN_ROOT}/guide.md\n",
      "commands/hello.md": "Greet $ARGUMENTS.\n",
      "hooks/hooks.json": {
        hooks: {
          PreToolUse: [{ matcher: "Bash", hooks: [{ type: "command", command: `"\${CLAUDE_PLUGIN_ROOT}"/no.sh` }] }]
        }
      },
      "no.sh": `echo "no, says $CLAUDE_PLUGIN_ROOT" >&2; exit 2\n`,
      "db.mjs": server
    })
    execFileSync("chmod", ["+x", join(world.cwd, "all/no.sh")])
    const call = (tool: string, input: object) => ({ calls: [{ tool, input }] })
    const script = {
      rules: [
        { when: "Greet World", turns: [{ text: "Greeted." }] },
        { when: "Who is it", turns: [{ text: "It is you." }] },
        {
          when: "use all",
          turns: [
            call("use_skill", { name: "tools:say" }),
            call("mcp_plugin_tools_db_query", {}),
            call("execute_bash", { command: "echo hello" }),
            call("task", { description: "who", prompt: "Who is it?", agent: "tools:who" }),
            { text: "Done." }
          ]
        }
      ]
    }
    write(world.cwd, { "script.yaml": script })
    expect((await world.plugin("install", "./all", "-y")).code).toBe(0)
    const asking = (task: string) => ["run", task, "-m", "scripted/script.yaml", "-y", "--output", "json"]
    const { out } = await world.kintsugi(...asking("use all"))
    const { final_answer, steps } = JSON.parse(out) as {
      readonly final_answer: string
      readonly steps: ReadonlyArray<{ readonly observation?: Record<string, unknown> }>
    }
    expect(final_answer).toBe("Done.")
    const root = join(world.global, "tools")
    expect(steps.flatMap(({ observation = {} }) => [observation.data ?? observation.error])).toEqual([
      expect.stringContaining(`Read ${root}/guide.md`),
      `${root} ${world.cwd}`,
      expect.stringContaining(`no, says ${root}`),
      expect.stringContaining("It is you.")
    ])
    expect(JSON.parse((await world.kintsugi(...asking("/tools-hello World"))).out)).toMatchObject({
      final_answer: "Greeted."
    })
  }
)
