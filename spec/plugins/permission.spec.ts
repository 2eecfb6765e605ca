import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Attempt, checkRules, decide, type Mode, modes, type Policy, ruleFor } from "../../plugins/permission.ts"
import type { Preview, Risk } from "../../plugins/tool.ts"

const policy = (parts: Partial<Policy>): Policy => ({ mode: "ask", allow: [], ask: [], deny: [], ...parts })
const attempt = (tool: string, risk: Risk, preview: Preview = {}, cwd = "/project"): Attempt => ({
  tool,
  risk,
  preview,
  cwd
})
const bash = (command: string): Attempt => attempt("execute_bash", "execute", { command })
const write = (...paths: ReadonlyArray<string>): Attempt => attempt("write_file", "write", { paths })
const fetchFrom = (url: string): Attempt => attempt("web_fetch", "network", { url })
const verdict = async (parts: Partial<Policy>, one: Attempt): Promise<string> => (await decide(policy(parts), one)).type

describe("a mode", () => {
  const outside = write("/elsewhere/a")
  const inside = write("/project/a", "/project/b/c")
  const cases: ReadonlyArray<readonly [string, Attempt, Record<Mode, string>]> = [
    [
      "reading",
      attempt("read_file", "read", { paths: ["/etc/x"] }),
      { plan: "allow", ask: "allow", edits: "allow", auto: "allow" }
    ],
    [
      "reading that names nothing",
      attempt("list_skills", "read"),
      { plan: "allow", ask: "allow", edits: "allow", auto: "allow" }
    ],
    ["writing inside", inside, { plan: "deny", ask: "ask", edits: "allow", auto: "allow" }],
    ["writing outside", outside, { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }],
    [
      "writing inside and outside",
      write("/project/a", "/b"),
      { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }
    ],
    ["writing by a way out", write("/project/../b"), { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }],
    ["writing beside", write("/project-b/a"), { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }],
    ["writing nowhere in particular", write(), { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }],
    ["writing git's hooks", write("/project/.git/hooks/a"), { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }],
    ["writing our rules", write("/project/a/.kintsugi/b"), { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }],
    ...[".claude/settings.json", ".agents/skills/a/SKILL.md", ".mcp.json", "a/.CLAUDE/agents/b.md"].map(
      (path): [string, Attempt, Record<Mode, string>] => [
        `writing what runs commands later: ${path}`,
        write(`/project/${path}`),
        { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }
      ]
    ),
    [
      "running",
      attempt("execute_bash", "execute", { command: "ls" }),
      { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }
    ],
    ["contacting", fetchFrom("https://a.b"), { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }],
    ["unknown work", attempt("mcp_x_y", "execute"), { plan: "deny", ask: "ask", edits: "ask", auto: "allow" }],
    [
      "a call that only reads this time",
      attempt("execute_bash", "execute", { risk: "read", command: "ls" }),
      { plan: "allow", ask: "allow", edits: "allow", auto: "allow" }
    ]
  ]
  it.each(cases)("decides on %s", async (_, one, expected) => {
    const got = await Promise.all(modes.map(async (mode) => [mode, await verdict({ mode }, one)]))
    expect(Object.fromEntries(got)).toEqual(expected)
  })

  it("of planning tells the model what to do instead", async () => {
    const decision = await decide(policy({ mode: "plan" }), write("/project/a"))
    expect(decision).toEqual({
      type: "deny",
      reason: expect.stringMatching(/write_file.*plan mode.*ask the user to leave plan mode/)
    })
  })
})

describe("rules", () => {
  it("are taken in the order deny, plan mode, ask, allow, mode", async () => {
    const all = ["write_file"]
    const one = write("/project/a")
    expect(await verdict({ mode: "auto", allow: all, ask: all, deny: all }, one)).toBe("deny")
    expect(await verdict({ mode: "plan", allow: all, ask: all }, one)).toBe("deny")
    expect(await verdict({ mode: "auto", allow: all, ask: all }, one)).toBe("ask")
    expect(await verdict({ mode: "ask", allow: all }, one)).toBe("allow")
    expect(await verdict({ mode: "auto", deny: ["read_file"] }, attempt("read_file", "read"))).toBe("deny")
  })

  it("name tools, with stars", async () => {
    const one = attempt("mcp_github_create_issue", "network")
    for (const rule of ["mcp_github_create_issue", "mcp_github_*", "mcp_*_issue", "*"]) {
      expect(await verdict({ allow: [rule] }, one), rule).toBe("allow")
    }
    for (const rule of ["mcp_github", "github_*", "mcp_git", "MCP_GITHUB_*"]) {
      expect(await verdict({ allow: [rule] }, one), rule).toBe("ask")
    }
  })

  it("of a pattern never allow a call that does not say what it touches", async () => {
    for (const risk of ["write", "execute", "network"] as const) {
      for (const pattern of ["*", "**", "/**", "=", "domain:a.b"]) {
        expect(await verdict({ allow: [`some(${pattern})`] }, attempt("some", risk)), pattern).toBe("ask")
        expect(await verdict({ mode: "auto", deny: [`some(${pattern})`] }, attempt("some", risk)), pattern).not.toBe(
          "allow"
        )
      }
    }
    expect(await verdict({ mode: "auto", deny: ["*(~/.ssh/**)"] }, attempt("list_skills", "read"))).toBe("allow")
  })

  it("refuse with the rule's text and a way on", async () => {
    const decision = await decide(policy({ deny: ["write_file(.env)"] }), write("/project/.env"))
    expect(decision).toEqual({
      type: "deny",
      reason: expect.stringMatching(/write_file\(\.env\) in permissions\.deny.*other means/)
    })
  })
})

describe("what is closed to every tool", () => {
  const closed = ["*(/home/keys.json)"]

  it.each(modes)("is refused in mode %s, whatever is allowed", async (mode) => {
    for (const one of [write("/home/keys.json"), bash("cat /home/keys.json"), bash("true; cp /home/keys.json x")])
      expect(await verdict({ mode, closed, allow: ["*"] }, one)).toBe("deny")
  })

  it.each([
    ["a command that nobody can read to its end", bash('eval "$x"')],
    ["a tool that says nothing of what it touches", attempt("note", "write")],
    ["another file", write("/project/keys.json")]
  ])("asks nobody about %s", async (_, one) => {
    expect(await verdict({ mode: "auto", closed }, one)).toBe("allow")
    // As a rule of the user's it would.
    if (one.tool !== "write_file") expect(await verdict({ mode: "auto", deny: closed }, one)).toBe("ask")
  })
})

describe("a path pattern", () => {
  it.each([
    ["src/**", "/project/src/a/b.ts"],
    ["./src/**", "/project/src/a"],
    ["src/", "/project/src/a/b"],
    ["*.md", "/project/a.md"],
    ["**/*.md", "/project/a/b.md"],
    ["{a,b}/*.ts", "/project/b/x.ts"],
    [".github/**", "/project/.github/workflows/x.yml"],
    ["../sibling/*", "/sibling/a"],
    ["../.././*", "/a"],
    ["/tmp/x/**", "/tmp/x/y"],
    ["a\\*b", "/project/a*b"]
  ])("%s allows %s", async (pattern, path) => {
    expect(await verdict({ allow: [`write_file(${pattern})`] }, write(path))).toBe("allow")
  })

  it.each([
    ["src/**", "/project/srcs/a"],
    ["src/**", "/elsewhere/src/a"],
    ["src/**", "/project/src/../package.json"],
    ["src/**", "/project/src/.env"],
    ["**", "/project/.git/hooks/pre-commit"],
    ["**", "/project/.env"],
    ["**", "/elsewhere/a"],
    ["*.md", "/project/a/b.md"],
    ["SRC/**", "/project/src/a"],
    ["src", "/project/src/a"],
    ["!secret", "/project/a"],
    ["src/../*", "/project/a"],
    ["**/x/../*", "/project/a"],
    [" src/** ", "/project/src/a"]
  ])("%s does not allow %s", async (pattern, path) => {
    expect(await verdict({ allow: [`write_file(${pattern})`] }, write(path))).toBe("ask")
  })

  it.each([
    ["src/**", "/project/src/.env"],
    ["**", "/project/.git/config"],
    ["SECRET/*", "/project/secret/a/b"],
    ["**/*.PEM", "/project/a/Key.pem"],
    ["secret", "/project/secret/a/b"],
    [".env", "/project/.env"],
    ["**/.env*", "/project/.env.local"],
    ["a/*", "/project/b/../a/c"],
    ["!secret", "/project/a"],
    ["domain:x", "/project/a"],
    ["", "/project/a"]
  ])("%s in deny refuses %s", async (pattern, path) => {
    expect(await verdict({ mode: "auto", deny: [`write_file(${pattern})`] }, write("/project/fine", path))).toBe("deny")
  })

  it("must allow every path of the call; one that is forbidden is enough", async () => {
    const both = write("/project/a/x", "/project/b/x")
    expect(await verdict({ allow: ["write_file(a/*)"] }, both)).toBe("ask")
    expect(await verdict({ allow: ["write_file(a/*)", "write_file(b/*)"] }, both)).toBe("allow")
    expect(await verdict({ mode: "auto", allow: ["write_file"], deny: ["write_file(b/*)"] }, both)).toBe("deny")
  })

  it("knows the home folder, and folders whose names look like patterns", async () => {
    const home = realpathSync(homedir())
    expect(await verdict({ mode: "auto", deny: ["*(~/.ssh/**)"] }, write(join(home, ".ssh/id")))).toBe("deny")
    expect(await verdict({ allow: ["write_file(~/notes/*)"] }, write(join(home, "notes/a")))).toBe("allow")
    const odd = (path: string): Attempt => attempt("write_file", "write", { paths: [path] }, "/[a]{b,c}*")
    expect(await verdict({ allow: ["write_file(src/*)"] }, odd("/[a]{b,c}*/src/x"))).toBe("allow")
    expect(await verdict({ allow: ["write_file(src/*)"] }, odd("/ab/src/x"))).toBe("ask")
  })
})

describe("a path pattern through a symbolic link", () => {
  let folder = ""
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-permission-")))
    mkdirSync(join(folder, "work"))
    mkdirSync(join(folder, "keys"))
    symlinkSync(join(folder, "keys"), join(folder, "work/linked"))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("forbids also where the link leads, and allows only where it seems to", async () => {
    const there = attempt("write_file", "write", { paths: [join(folder, "keys/new")] }, join(folder, "work"))
    expect(await verdict({ mode: "auto", deny: ["write_file(linked/**)"] }, there)).toBe("deny")
    expect(await verdict({ mode: "auto", deny: [`write_file(${join(folder, "work/linked")}/**)`] }, there)).toBe("deny")
    expect(await verdict({ allow: ["write_file(linked/**)"] }, there)).toBe("ask")
  })
})

describe("a domain pattern", () => {
  it.each([
    ["example.com", "https://example.com/a?b", "allow"],
    ["example.com", "http://EXAMPLE.com.:8080/", "allow"],
    ["EXAMPLE.com", "https://example.com/", "allow"],
    ["bücher.example", "https://xn--bcher-kva.example/", "allow"],
    ["*.example.com", "https://api.example.com/", "allow"],
    ["*.example.com", "https://example.com/", "ask"],
    ["*.example.com", "https://evilexample.com/", "ask"],
    ["example.com", "https://api.example.com/", "ask"],
    ["example.com", "https://example.com.evil.net/", "ask"],
    ["example.com", "https://example.com@evil.net/", "ask"],
    ["example.com", "https://evil.net/#example.com", "ask"],
    ["example.com", "not an address", "ask"],
    ["example.com", "file:///etc/passwd", "ask"]
  ])("domain:%s and %s: %s", async (domain, url, expected) => {
    expect(await verdict({ allow: [`web_fetch(domain:${domain})`] }, fetchFrom(url))).toBe(expected)
  })

  it("in deny covers all domains below it, and what it cannot read", async () => {
    for (const url of ["https://evil.net", "https://a.b.EVIL.net./x", "http://evil.net:1", "no address"]) {
      expect(await verdict({ mode: "auto", deny: ["web_fetch(domain:evil.net)"] }, fetchFrom(url)), url).toBe("deny")
    }
    expect(
      await verdict({ mode: "auto", deny: ["web_fetch(domain:evil.net)"] }, fetchFrom("https://notevil.net"))
    ).toBe("allow")
    expect(await verdict({ mode: "auto", deny: ["*(domain:evil.net)", "*(src/**)"] }, fetchFrom("https://a.b"))).toBe(
      "allow"
    )
  })

  it("does not cover what a call does besides", async () => {
    const download = attempt("download", "write", { url: "https://example.com/x", paths: ["/project/x"] })
    expect(await verdict({ allow: ["download(domain:example.com)"] }, download)).toBe("ask")
    expect(await verdict({ allow: ["download(domain:example.com)", "download(*)"] }, download)).toBe("allow")
    expect(await verdict({ mode: "edits" }, download)).toBe("ask")
    expect(await verdict({ mode: "auto", deny: ["download(x)"] }, download)).toBe("deny")
  })
})

describe("a badly written rule", () => {
  const bad = [
    "execute_bash(rm",
    "execute_bash (rm *)",
    "execute_bash()",
    "execute_bash( )",
    "execute_bash(rm *) or more",
    "execute_bash rm",
    "execute_bash(rm *; ls)",
    "execute_bash(rm $X)",
    "execute_bash('rm)",
    `execute_bash(${"rm ".repeat(1000)})`,
    "(rm *)",
    "",
    "?"
  ]
  it.each(bad)("forbids the whole tool, allows nothing and is reported: %j", async (rule) => {
    const ls = attempt("execute_bash", "execute", { command: "ls" })
    expect(await verdict({ mode: "auto", deny: [rule] }, ls)).toBe("deny")
    expect(await verdict({ mode: "auto", ask: [rule] }, ls)).toBe("ask")
    expect(await verdict({ allow: [rule] }, ls)).toBe("ask")
    expect(checkRules([rule])).toEqual([expect.stringMatching(/: (expected|a )/)])
  })

  it("is reported with what was expected", () => {
    expect(checkRules(["Bash(rm *)", "web_fetch(example.com)", "write_file(!a)", "write_file(a/../b)", "x()"])).toEqual(
      [
        '"Bash(rm *)": no tool is called Bash; expected execute_bash',
        '"web_fetch(example.com)": expected domain:NAME, for example web_fetch(domain:example.com)',
        expect.stringContaining("cannot be negated"),
        expect.stringContaining("`..` may only stand at the beginning"),
        expect.stringContaining("expected a pattern")
      ]
    )
  })

  it("is not one of these", () => {
    const good = [
      "execute_bash",
      "execute_bash(npm run *)",
      "execute_bash(npm run test:*)",
      "execute_bash(NODE_ENV=test make -j4)",
      "execute_bash(=cd a && (b | c) > d)",
      "execute_bash(git commit -m 'a (b); c')",
      "write_file(src/**)",
      "read_file(~/notes/)",
      "edit_file(../{a,b}/*)",
      "web_fetch(domain:*.example.com)",
      "mcp_*_list",
      "*(domain:example.com)"
    ]
    expect(checkRules(good)).toEqual([])
  })
})

describe("the rule that 'always' adds", () => {
  it.each([
    [write("/project/src/a.ts"), "write_file(src/**)"],
    [write("/project/src/a.ts", "/project/src/b.ts"), "write_file(src/**)"],
    [write("/project/a.ts"), "write_file(*)"],
    [write("/project/src/.env"), "write_file(src/.env)"],
    [write("/project/a/x", "/project/b/x"), "write_file({a/x,b/x})"],
    [write("/elsewhere/a.ts"), "write_file(/elsewhere/a.ts)"],
    [write("/elsewhere/a", "/project/b"), "write_file(/{elsewhere/a,project/b})"],
    [write("/project/app/[id]/page (1).ts"), "write_file(app/\\[id\\]/**)"],
    [fetchFrom("https://Example.com/a"), "web_fetch(domain:example.com)"],
    [attempt("mcp_x_y", "execute"), "mcp_x_y"],
    [fetchFrom("nonsense"), "web_fetch"]
  ])("is the narrowest that lets it through: %#", async (one, rule) => {
    expect(await ruleFor(one)).toBe(rule)
    expect(await verdict({ allow: [rule] }, one)).toBe("allow")
    expect(checkRules([rule])).toEqual([])
  })

  it("lets the same call through whatever its paths are called", async () => {
    const name = fc.string({ unit: fc.constantFrom(..."ab.*?[]{}()!+@,|~$ é-"), minLength: 1, maxLength: 6 })
    const part = name.filter((one) => one.trim() === one && !/\.\.|^\.$/.test(one))
    const path = fc.tuple(fc.constantFrom("/project", "/elsewhere"), fc.array(part, { minLength: 1, maxLength: 3 }))
    await fc.assert(
      fc.asyncProperty(fc.array(path, { minLength: 1, maxLength: 3 }), async (paths) => {
        const one = write(...paths.map(([root, parts]) => [root, ...parts].join("/")))
        expect(await verdict({ allow: [await ruleFor(one)] }, one)).toBe("allow")
      }),
      { numRuns: 300 }
    )
  })
})

it("always decides, and refuses when the check itself breaks", async () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("*", "write_file(**)", "execute_bash(*)"))
  const rules = fc.array(text, { maxLength: 4 })
  const preview = fc.record({ command: text, paths: fc.array(text), url: text }, { requiredKeys: [] })
  await fc.assert(
    fc.asyncProperty(
      rules,
      rules,
      rules,
      fc.constantFrom(...modes),
      preview,
      async (allow, ask, deny, mode, preview) => {
        const decision = await decide({ mode, allow, ask, deny }, attempt("write_file", "write", preview))
        expect(["allow", "ask", "deny"]).toContain(decision.type)
      }
    ),
    { numRuns: 300 }
  )
  const broken = { ...attempt("write_file", "write"), preview: null } as unknown as Attempt
  expect(await decide(policy({ mode: "auto" }), broken)).toEqual({
    type: "deny",
    reason: expect.stringContaining("check itself failed")
  })
})

describe("what a skill leaves", () => {
  const git = { by: "commit", rules: ["execute_bash(git *)", "write_file(docs/**)"] }
  const under = (mode: Mode, one: Attempt, more: Partial<Policy> = {}) => verdict({ mode, only: [git], ...more }, one)

  it("takes away all but reading and what it names, in every mode", async () => {
    for (const mode of ["ask", "edits", "auto"] as const) {
      expect(await under(mode, bash("rm -r x"))).toBe("deny")
      expect(await under(mode, bash("git status && rm -r x"))).toBe("deny")
      expect(await under(mode, write("/project/src/a"))).toBe("deny")
      expect(await under(mode, attempt("read_file", "read", { paths: ["/project/a"] }))).toBe("allow")
    }
    expect(await verdict({ mode: "auto", only: [{ by: "x", rules: [] }] }, bash("ls"))).toBe("deny")
  })

  it("names what is harmless in itself, too", async () => {
    expect(await verdict({ allow: ["execute_bash(echo *)"] }, bash("echo hi"))).toBe("allow")
    expect(await verdict({ allow: ["execute_bash(git *)"] }, bash("echo hi"))).toBe("ask")
    expect(await verdict({ allow: ["execute_bash(echo *)"] }, bash("echo hi > x"))).toBe("ask")
  })

  it("permits nothing by itself", async () => {
    expect(await under("auto", bash("git status"))).toBe("allow")
    expect(await under("ask", bash("git status"))).toBe("ask")
    expect(await under("plan", bash("git status"))).toBe("deny")
    expect(await under("auto", bash("git push"), { ask: ["execute_bash(git push *)"] })).toBe("ask")
    expect(await under("auto", bash("git push"), { deny: ["execute_bash(git push *)"] })).toBe("deny")
    expect(await under("edits", write("/project/docs/a"))).toBe("allow")
  })

  it("cannot be widened by an allow rule, nor by another skill", async () => {
    expect(await under("auto", bash("rm x"), { allow: ["execute_bash"] })).toBe("deny")
    const free = { by: "free", rules: ["execute_bash", "write_file"] }
    expect(await verdict({ mode: "auto", only: [git, free] }, bash("rm x"))).toBe("deny")
    expect(await verdict({ mode: "auto", only: [free, git] }, bash("git log"))).toBe("allow")
  })

  it("is named where it refuses", async () => {
    const decision = await decide(policy({ mode: "auto", only: [git] }), bash("rm x"))
    expect(decision).toMatchObject({ reason: expect.stringMatching(/skill commit leaves only execute_bash\(git \*\)/) })
  })
})

describe("what a skill's text runs and reads", () => {
  const runs = (command: string, more: Preview = {}) =>
    attempt("use_skill", "read", { risk: "execute", command, ...more })

  it.each<readonly [string, Partial<Policy>, string]>([
    ["asked about", {}, "ask"],
    ["let through in auto", { mode: "auto" }, "allow"],
    ["refused in plan mode", { mode: "plan" }, "deny"],
    ["let through by a rule for the shell", { allow: ["execute_bash(git *)"] }, "allow"],
    ["let through by no rule for skills", { allow: ["use_skill"] }, "ask"],
    ["let through by no rule for a part of it", { allow: ["execute_bash(git status)"] }, "ask"],
    ["refused by a rule for the shell", { mode: "auto", deny: ["execute_bash(git log *)"] }, "deny"],
    ["refused by a rule for skills", { mode: "auto", deny: ["use_skill"] }, "deny"],
    ["asked about by a rule for the shell", { mode: "auto", ask: ["execute_bash(git *)"] }, "ask"],
    ["refused by a skill that leaves no shell", { mode: "auto", only: [{ by: "x", rules: ["use_skill"] }] }, "deny"],
    ["left by a skill that leaves it", { mode: "auto", only: [{ by: "x", rules: ["execute_bash(git *)"] }] }, "allow"],
    [
      "refused by a skill that takes the shell away",
      { mode: "auto", only: [{ by: "x", rules: ["*"], withheld: ["execute_bash"] }] },
      "deny"
    ]
  ])("is %s", async (_, parts, expected) => expect(await verdict(parts, runs("git status\ngit log -1"))).toBe(expected))

  it("is held to the rules for reading", async () => {
    const reads = attempt("use_skill", "read", { paths: ["/project/secret/a"] })
    expect(await verdict({}, reads)).toBe("allow")
    expect(await verdict({ mode: "auto", deny: ["read_file(secret/**)"] }, reads)).toBe("deny")
    expect(await verdict({ ask: ["read_file(secret/**)"] }, runs("ls", { paths: ["/project/secret/a"] }))).toBe("ask")
    expect(await verdict({ mode: "auto", only: [{ by: "x", rules: ["*"], withheld: ["read_file"] }] }, reads)).toBe(
      "deny"
    )
  })

  it("is let through by no rule for the shell where another model begins as well", async () => {
    const both = runs("git status", { risk: "network" })
    expect(await verdict({ allow: ["execute_bash(git *)"] }, both)).toBe("ask")
    expect(await verdict({ mode: "auto", deny: ["execute_bash(git *)"] }, both)).toBe("deny")
    expect(await ruleFor(both)).toMatch(/^use_skill/)
  })

  it("is let through the next time by the rule that 'always' adds", async () => {
    const rule = await ruleFor(runs("git status"))
    expect(rule).toBe("execute_bash(git status *)")
    expect(await verdict({ allow: [rule] }, runs("git status"))).toBe("allow")
    expect(await verdict({ allow: [rule] }, bash("git status"))).toBe("allow")
  })
})
