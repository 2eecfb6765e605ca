import { appendFileSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { HookSource } from "../../../plugins/command-hooks.ts"
import { hookBook } from "../../../plugins/command-hooks/book.ts"
import { noticesOf, problemLine } from "../../../plugins/command-hooks/lines.ts"
import { readHooks } from "../../../plugins/command-hooks/read-hooks.ts"
import { noParts, type PartedPlugin } from "../../../plugins/discover/parts.ts"
import { makeWorld, type World } from "../../actors/world.ts"

let world: World
beforeEach(() => (world = makeWorld()))
afterEach(() => world.remove())

const bookOf = ({ trusted = true, plugins = [] as ReadonlyArray<PartedPlugin> } = {}) =>
  hookBook({
    cwd: world.cwd,
    home: world.home,
    config: join(world.home, ".config/kintsugi"),
    trusted,
    plugins: () => plugins
  })

const command = (text: string, more: object = {}) => ({ hooks: [{ type: "command", command: text, ...more }] })
const settings = (event: string, text: string, more: object = {}): string =>
  JSON.stringify({ permissions: { allow: [] }, hooks: { [event]: [command(text)] }, ...more })

const project = (name: string, text: string) => world.write(join(world.cwd, name), text)
const user = (name: string, text: string) => world.write(join(world.home, name), text)

describe("hooks in files", () => {
  it("are those of the user, then the project's, then plugins'", async () => {
    project(".claude/settings.local.json", settings("Stop", "local"))
    project(".claude/settings.json", settings("Stop", "shared"))
    project(".kintsugi/hooks.json", JSON.stringify({ description: "ours", hooks: { Stop: [command("ours")] } }))
    user(".claude/settings.json", settings("Stop", "mine"))
    user(".config/kintsugi/hooks.json", JSON.stringify({ hooks: { Stop: [command("my own")] } }))
    const path = world.write(
      join(world.root, "tidy/hooks/hooks.json"),
      JSON.stringify({ hooks: { Stop: [command("theirs")] } })
    )
    const folder = join(world.root, "tidy")
    const inline = { value: { hooks: { Stop: [command("inline")] } } }
    const { hooks, problems } = await bookOf({
      plugins: [{ name: "tidy", folder, parts: { ...noParts, hooks: [{ path }, inline] } }]
    }).all()
    expect(hooks.map((hook) => hook.command)).toEqual(["my own", "mine", "ours", "shared", "local", "theirs", "inline"])
    expect(hooks.map(({ source }) => source.kind)).toEqual([
      "user",
      "user",
      "project",
      "project",
      "project",
      "plugin",
      "plugin"
    ])
    expect(hooks.at(-2)?.source).toMatchObject({ name: "tidy", folder, path })
    expect(problems).toEqual([])
  })

  it("of a folder that nobody trusts are listed and marked", async () => {
    project(".claude/settings.json", settings("PreToolUse", "guard"))
    const set = await bookOf({ trusted: false }).all()
    expect(set.hooks.map(({ source }) => source.trusted)).toEqual([false])
    expect(noticesOf(set)).toEqual([expect.stringMatching(/not trusted.*settings\.json.*kintsugi trust/)])
  })

  it("are not there without a file, and a look costs no more", async () => {
    const book = bookOf()
    expect(await book.all()).toEqual({ hooks: [], problems: [] })
    expect(book.isStale()).toBe(false)
    project(".claude/settings.json", settings("Stop", "later"))
    expect((await book.again()).hooks).toHaveLength(1)
  })

  it("count as they were read, until somebody reads them anew", async () => {
    const path = project(".claude/settings.json", settings("Stop", "one"))
    const book = bookOf()
    const first = await book.all()
    expect(book.isStale()).toBe(false)
    rmSync(path)
    project(".claude/settings.json", settings("Stop", "another one"))
    expect(book.isStale()).toBe(true)
    expect(await book.all()).toBe(first)
    const { hooks } = await book.again()
    expect(hooks.map((hook) => hook.command)).toEqual(["another one"])
    expect(book.isStale()).toBe(false)
    project(".claude/settings.local.json", "{}")
    expect(book.isStale()).toBe(true)
  })

  it("of skills hold in the session that follows them", async () => {
    const book = bookOf()
    const { hooks } = book.read(
      { PreToolUse: [command("x", { once: true })] },
      { kind: "skill", path: "/s/SKILL.md", trusted: true, name: "s" }
    )
    expect(hooks).toMatchObject([{ command: "x", once: true }])
    book.follow("one", hooks)
    expect(book.followed("one")).toEqual(hooks)
    expect(book.followed("other")).toEqual([])
    book.unfollow("one")
    expect(book.following()).toEqual([])
  })

  it("hold on when the next turn has begun before the end of the last one is heard", () => {
    const book = bookOf()
    const [first, second] = readHooks(
      { PreToolUse: [command("first"), command("second")] },
      { kind: "skill", path: "/s/SKILL.md", trusted: true, name: "s" }
    ).hooks
    if (first === undefined || second === undefined) return expect.fail()
    book.follow("one", [first])
    const end = performance.timeOrigin + performance.now()
    book.follow("one", [second])
    book.unfollow("one", end)
    expect(book.followed("one")).toEqual([second])
    expect(book.following()).toEqual([second])
    book.unfollow("one", performance.timeOrigin + performance.now() + 1)
    expect(book.followed("one")).toEqual([])
  })
})

describe("disableAllHooks", () => {
  it("of the user switches off all of them, also those of plugins and skills", async () => {
    user(".claude/settings.json", settings("Stop", "mine", { disableAllHooks: true }))
    project(".claude/settings.json", settings("PreToolUse", "theirs"))
    const parts = { ...noParts, hooks: [{ value: { hooks: { Stop: [command("plugin")] } } }] }
    const book = bookOf({ plugins: [{ name: "p", folder: world.root, parts }] })
    const { hooks, problems } = await book.all()
    expect(hooks).toEqual([])
    expect(problems.map(({ reason, guards }) => [reason, guards])).toEqual(
      [...Array(3)].map(() => ["switched off by disableAllHooks", false])
    )
    book.follow("one", readHooks({ Stop: [command("x")] }, source).hooks)
    expect(book.followed("one")).toEqual([])
  })

  it("of the project leaves the user's own", async () => {
    user(".claude/settings.json", settings("PreToolUse", "mine"))
    project(".claude/settings.json", settings("Stop", "theirs"))
    project(".claude/settings.local.json", JSON.stringify({ disableAllHooks: true }))
    const { hooks } = await bookOf().all()
    expect(hooks.map((hook) => hook.command)).toEqual(["mine"])
  })
})

const source: HookSource = { kind: "project", path: "/w/.claude/settings.json", trusted: true }

describe("a file that cannot be read", () => {
  it.each<[string, string, RegExp, boolean]>([
    ["a comment", `{\n  // guards\n  "hooks": {}\n}`, /line 2: .*comments are not allowed/, true],
    [
      "a comma at the end",
      `{\n  "hooks": {},\n}`,
      /line 2: .*comma before the end|line 3: .*comma before the end/,
      true
    ],
    ["single quotes", `{\n\n'hooks': {}}`, /line 3: .*double quotes/, true],
    ["a file that ends too early", `{\n"hooks": {\n"PreToolUse": [`, /line 3: .*too early/, true],
    ["no object", `["hooks"]`, /expected an object/, true],
    ["not a word of hooks", `{ "permissions": {}, }`, /comma before the end/, false],
    ["a word in disguise", String.raw`{ "\u0068ooks": {}, }`, /comma/, true]
  ])("for %s", async (_, text, reason, guards) => {
    project(".claude/settings.json", text)
    const { hooks, problems } = await bookOf().all()
    expect(hooks).toEqual([])
    expect(problems).toMatchObject([{ guards }])
    expect(problemLine(problems[0] ?? expect.fail())).toMatch(reason)
    expect(problemLine(problems[0] ?? expect.fail()).includes("refused until it is mended")).toBe(guards)
  })

  it("is none because it is a folder, or far too long", async () => {
    mkdirSync(join(world.cwd, ".claude/settings.json"), { recursive: true })
    appendFileSync(project(".kintsugi/hooks.json", "{"), " ".repeat(1024 * 1024))
    const { problems } = await bookOf().all()
    expect(problems.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/longer than/),
      expect.stringMatching(/not a file/)
    ])
  })

  it("keeps no key in what is said of it", async () => {
    project(".claude/settings.json", `{ "env": { "KEY": sk-verysecret }, "hooks": {} }`)
    expect(JSON.stringify((await bookOf().all()).problems)).not.toContain("sk-very")
  })
})

describe("what is written down", () => {
  const read = (value: unknown) => readHooks(value, source)

  it("is a command with its matcher, its time and what else it says", () => {
    const { hooks, problems } = read({
      PreToolUse: [{ matcher: "Bash", ...command("a", { timeout: 5, if: "Bash(rm *)", statusMessage: "…" }) }],
      PostToolUse: [command("b", { async: true, timeout: 9999 })],
      UserPromptSubmit: [command("c")],
      SessionEnd: [command("d", { args: ["--x"], once: true })]
    })
    expect(problems).toEqual([])
    expect(hooks).toEqual([
      { event: "PreToolUse", matcher: "Bash", command: "a", condition: "Bash(rm *)", timeout: 5, source },
      { event: "PostToolUse", matcher: "", command: "b", background: true, timeout: 600, source },
      { event: "UserPromptSubmit", matcher: "", command: "c", timeout: 30, source },
      { event: "SessionEnd", matcher: "", command: "d", args: ["--x"], timeout: 1.5, source }
    ])
  })

  it.each<[string, unknown, object]>([
    ["no object", [], { guards: true }],
    [
      "an event that is not run here",
      { Notification: [] },
      { guards: false, reason: expect.stringMatching(/^Notification: .*not supported/) }
    ],
    [
      "an event with a slip of the pen",
      { PreTooluse: [] },
      { guards: true, event: "PreToolUse", reason: expect.stringMatching(/write PreToolUse/) }
    ],
    ["no list", { PreToolUse: {} }, { guards: true, event: "PreToolUse" }],
    ["a group that is none", { PreToolUse: ["x"] }, { guards: true }],
    ["a matcher that is none", { PreToolUse: [{ matcher: 1, hooks: [] }] }, { guards: true }],
    [
      "a matcher that cannot be read",
      { PreToolUse: [{ matcher: "Bash(", hooks: [] }] },
      { guards: true, reason: expect.stringMatching(/regular expression/) }
    ],
    ["no hooks", { PreToolUse: [{ matcher: "Bash", command: "x" }] }, { guards: true, matcher: "Bash" }],
    [
      "a hook of another type",
      { PreToolUse: [{ matcher: "Bash", hooks: [{ type: "prompt", prompt: "?" }] }] },
      { guards: true, matcher: "Bash", reason: expect.stringMatching(/"prompt" is not supported/) }
    ],
    ["another type of an observer", { Stop: [{ hooks: [{ type: "prompt" }] }] }, { guards: false, event: "Stop" }],
    [
      "no command",
      { UserPromptSubmit: [{ hooks: [{ type: "command" }] }] },
      { guards: true, event: "UserPromptSubmit" }
    ],
    ["another shell", { PreToolUse: [command("x", { shell: "powershell" })] }, { guards: true }],
    ["a condition where there are no calls", { Stop: [command("x", { if: "Bash" })] }, { guards: false }]
  ])("%s is a problem", (_, value, expected) => {
    expect(read(value).hooks).toEqual([])
    expect(read(value).problems).toMatchObject([expected])
  })

  it("may be wrong in what does not matter", () => {
    expect(read({ Stop: [command("x", { timeout: "soon" })] })).toMatchObject({
      hooks: [{ timeout: 600 }],
      problems: [{ guards: false }]
    })
  })

  it("is read or complained about, whatever it is; no guard is lost without a word", () => {
    const hook = fc.record(
      {
        type: fc.constantFrom("command", "prompt", 1),
        command: fc.oneof(fc.string(), fc.integer()),
        timeout: fc.anything(),
        args: fc.anything()
      },
      { requiredKeys: [] }
    )
    const group = fc.record(
      { matcher: fc.oneof(fc.string(), fc.anything()), hooks: fc.oneof(fc.array(hook), fc.anything()) },
      { requiredKeys: [] }
    )
    const value = fc.oneof(
      fc.anything(),
      fc.dictionary(
        fc.oneof(fc.constantFrom("PreToolUse", "Stop", "__proto__"), fc.string()),
        fc.oneof(fc.array(fc.oneof(group, fc.anything())), fc.anything())
      )
    )
    fc.assert(
      fc.property(value, (one) => {
        const { hooks, problems } = read(one)
        for (const { timeout } of hooks) expect(timeout > 0 && timeout <= 600).toBe(true)
        const groups: unknown = typeof one === "object" && one !== null ? Reflect.get(one, "PreToolUse") : undefined
        if (!Array.isArray(one) && Array.isArray(groups) && Object.hasOwn(one as object, "PreToolUse"))
          for (const [at, written] of groups.entries()) {
            const { hooks: alone, problems: wrong } = read({ PreToolUse: [written] })
            const isEmpty =
              Array.isArray((written as { hooks?: unknown } | null)?.hooks) &&
              (written as { hooks: ReadonlyArray<unknown> }).hooks.length === 0
            expect(alone.length + wrong.length > 0 || isEmpty, String(at)).toBe(true)
            if (alone.length === 0 && !isEmpty) expect(wrong.some(({ guards }) => guards)).toBe(true)
          }
        expect(problems.every(({ reason }) => reason.length < 2000)).toBe(true)
      }),
      { numRuns: 500 }
    )
  })
})
