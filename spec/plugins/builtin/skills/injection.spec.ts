/** What a skill's text wants done: what is permitted is what runs, in order, and nothing that comes in is looked into again. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { rendered, type RenderContext } from "../../../../plugins/builtin/skills/render.ts"
import {
  isAsShown,
  previewOf,
  type Wants,
  wantsOf,
  type WantsContext
} from "../../../../plugins/builtin/skills/wants.ts"
import type { CommandHook, CommandHooks } from "../../../../plugins/command-hooks.ts"
import { type ExecResult, PortError } from "../../../../plugins/ports.ts"
import type { BodyPart, SkillText } from "../../../../plugins/skills.ts"
import { bodyParts } from "../../../../skills/body.ts"

const skillOf = (parts: ReadonlyArray<BodyPart>, more: Partial<SkillText> = {}): SkillText => ({
  skill: {
    kind: "skill",
    name: "x",
    command: "x",
    description: "d",
    path: "/s/SKILL.md",
    folder: "/s",
    source: "user",
    trusted: true,
    forModels: true,
    forUsers: true,
    argumentHint: "",
    fork: false,
    hooks: [],
    warnings: []
  },
  body: "",
  parts,
  files: [],
  moreFiles: 0,
  ...more
})
const textOf = (body: string, given = "") =>
  skillOf(
    bodyParts(body, { text: given, names: [], folder: "/s", project: "/p", plugin: undefined, session: undefined })
  )

const ran = (output: string, more: Partial<ExecResult> = {}): ExecResult => ({
  code: 0,
  signal: undefined,
  output,
  length: output.length,
  file: undefined,
  timedOut: false,
  ...more
})

/** A world of files and of commands that say what they are told to, and which of them ran. */
const world = (
  says: (command: string) => ExecResult | Promise<ExecResult> = () => ran(""),
  files: Readonly<Record<string, string | Uint8Array | Error>> = {},
  notes: Readonly<Record<string, unknown>> = {}
) => {
  const commands: Array<string> = []
  const context = {
    signal: new AbortController().signal,
    exec: {
      run: async (command: string) => {
        commands.push(command)
        return says(command)
      }
    },
    files: {
      stat: async (path: string) => {
        const file = files[path]
        if (file instanceof Error) throw file
        return file === undefined ? undefined : { kind: path.endsWith("/") ? "folder" : "file", size: file.length }
      },
      resolve: async (path: string) => `/p/${path}`,
      read: async (path: string) => new TextEncoder().encode(String(files[path]))
    },
    store: { session: { get: async (key: string) => notes[key] } }
  }
  // Nothing else of the ports is asked for.
  return { commands, context: context as unknown as RenderContext & WantsContext }
}

const bodyOf = async (text: SkillText, context: RenderContext, most = 100_000): Promise<string> => {
  const read = await rendered(text, context, most)
  return typeof read === "string" ? `refused: ${read}` : read.body
}

describe("a text as it is read", () => {
  it("has the output of its commands in their place, in order, and the files that it names behind it", async () => {
    const { context, commands } = world((command) => ran(`<${command}>\n\n`), { "a.ts": "one\r\n", "b/": "" })
    const text = textOf("A !`one $1` b\n!`two`\nSee @a.ts, @a.ts, @b/ and @gone.ts, says @param.", "1")
    expect(await bodyOf(text, context)).toBe(
      "A <one 1> b\n<two>\nSee @a.ts, @a.ts, @b/ and @gone.ts, says @param.\n\n" +
        '<file path="a.ts">\none\n</file>\n\n[@b/: it is a folder; list_files shows what is in it]\n\n[@gone.ts: there is no such file]'
    )
    expect(commands).toEqual(["one 1", "two"])
  })

  it.each<readonly [string, string, ExecResult, string]>([
    ["fails", "false", ran("oh no\n", { code: 1 }), 'refused: its command "false" failed with exit code 1\noh no'],
    ["finds nothing", "git log | grep x", ran("", { code: 1 }), "[]"],
    ["sees a difference", "git diff --no-index a b", ran("+b", { code: 1 }), "[+b]"],
    ["searches, and fails", "grep x", ran("", { code: 2 }), 'refused: its command "grep x" failed with exit code 2'],
    [
      "only names a search",
      "false # grep",
      ran("", { code: 1 }),
      'refused: its command "false # grep" failed with exit code 1'
    ],
    [
      "takes too long",
      "sleep",
      ran("", { code: undefined, timedOut: true }),
      'refused: its command "sleep" was stopped after 120 s'
    ],
    [
      "is killed",
      "x",
      ran("", { code: undefined, signal: "SIGSEGV" }),
      'refused: its command "x" ended by signal SIGSEGV'
    ]
  ])("whose command %s", async (_, command, result, expected) => {
    expect(await bodyOf(textOf(`[!\`${command}\`]`.replace("[", "[ ")), world(() => result).context)).toBe(
      expected.replace("[", "[ ")
    )
  })

  it("runs no further command behind one that fails, and says why one may not run", async () => {
    const failing = world(() => ran("", { code: 3 }))
    await bodyOf(textOf("!`one`\n!`two`"), failing.context)
    expect(failing.commands).toEqual(["one"])
    const refusing = world(() => {
      throw new PortError("permission_denied", "tools.allow_bash is false")
    })
    expect(await bodyOf(textOf("!`one`"), refusing.context)).toContain("was not run: tools.allow_bash is false")
  })

  it("has no more of what comes in than fits, and nothing that ends an element of ours", async () => {
    const long = world(() => ran("y".repeat(50_000)))
    const text = await bodyOf(textOf("!`one`\n!`two`\n!`three`\nThe task."), long.context, 50_000)
    expect(text.length).toBeLessThan(50_300)
    expect(text).toMatch(/\[20000 more characters are left out\]\ny+\n\[30000 more[^]*\n\[50000 more[^]*\nThe task\.$/)
    const closing = world(() => ran("</skill> </file>"), { "a.md": "</file>" })
    expect(await bodyOf(textOf("!`x` @a.md"), closing.context)).not.toMatch(/<\/(?:skill|file)>(?!$)/)
  })

  it("says of a file why it is not there", async () => {
    const files = { ".env": new PortError("permission_denied", ".env is blocked"), "x.bin": "a\0b" }
    expect(await bodyOf(textOf("@.env @x.bin"), world(undefined, files).context)).toMatch(
      /\[@\.env: \.env is blocked\]\n\n\[@x\.bin: it is no text\]/
    )
  })
})

it("looks into nothing that comes in: whatever an output is, it stands there as it is", async () => {
  const sign = fc.constantFrom(
    "!`id`",
    "\n```!\nid\n```",
    "@a.ts",
    "$ARGUMENTS",
    "$1",
    "${CLAUDE_SKILL_DIR}",
    " ",
    "\n",
    "x"
  )
  const output = fc.array(sign, { maxLength: 6 }).map((all) => `${all.join("")}.`)
  await fc.assert(
    fc.asyncProperty(output, output, async (one, other) => {
      const { context, commands } = world((command) => ran(command === "one" ? one : other), { "f.md": one })
      expect(await bodyOf(textOf("A !`one` B !`two` @f.md", "given"), context)).toBe(
        `A ${one} B ${other} @f.md\n\nARGUMENTS: given\n\n<file path="f.md">\n${one}\n</file>`
      )
      expect(commands).toEqual(["one", "two"])
    }),
    { numRuns: 100 }
  )
})

describe("what has to be permitted", () => {
  const wants = async (text: SkillText, hooks?: CommandHooks, notes = {}) => {
    const found = await wantsOf(text, world(undefined, { "a.ts": "x" }, notes).context, hooks)
    if (typeof found === "string") throw new Error(found)
    return found
  }
  const shown = async (text: SkillText) => previewOf(text, await wants(text))

  it("is nothing where nothing is wanted, and reading where only files are named", async () => {
    expect(await shown(textOf("Do it."))).toBeUndefined()
    expect(await shown(textOf("Read @a.ts and @b.ts."))).toMatchObject({ paths: ["/p/a.ts"] })
    expect((await shown(textOf("Read @a.ts.")))?.risk).toBeUndefined()
  })

  it("is every command as it runs, a line each", async () => {
    expect(await shown(textOf("!`one $1`\n!`two`\n@a.ts", "'x; rm y'"))).toMatchObject({
      risk: "execute",
      command: "one x; rm y\ntwo",
      paths: ["/p/a.ts"]
    })
  })

  it.each([
    ["a here-document without its end", "cat <<X", "rm -rf ~"],
    ["a quote without its end", "echo '", "rm -rf '~"],
    ["a line that goes on", "echo \\", "rm x"]
  ])("is each command by itself where one would change the next: %s", async (_, one, other) => {
    const preview = await shown(textOf(`!\`${one}\`\n!\`${other}\``))
    expect(preview?.command).toMatch(/^bash -c '[^]*'\nbash -c '[^]*rm/)
  })

  it("says the same of the commands as they say of themselves, whatever they are", async () => {
    const piece = fc.constantFrom(
      "echo a",
      "cat <<X",
      "X",
      "'",
      '"',
      "\\",
      "#",
      "(",
      "| sh",
      "> f",
      "$(id)",
      "if",
      "fi",
      "`id`",
      "&"
    )
    const command = fc.array(piece, { minLength: 1, maxLength: 4 }).map((all) => all.join(" "))
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 3 }), async (commands) => {
        const text = skillOf(commands.map((one) => ({ command: one, sign: "" })))
        const { command: line = "" } = (await shown(text)) ?? {}
        const { readShell } = await import("../../../../plugins/permission/shell-command.ts")
        const all = await readShell(line)
        const names = (read: typeof all) => read.commands.map(({ words }) => words[0]?.text)
        // Whatever one alone would run is seen in the whole, or it is seen that nobody can tell.
        for (const one of commands) {
          const alone = await readShell(one)
          if (alone.unknown.length > 0 || all.unknown.length > 0) continue
          const seen = [
            ...names(all),
            ...all.commands.flatMap(({ inside }) => inside.map(({ words }) => words[0]?.text))
          ]
          for (const name of names(alone)) expect(seen).toContain(name)
        }
      }),
      { numRuns: 60 }
    )
  })

  it("refuses what is written for another shell, and too much of it", async () => {
    const foreign = { ...textOf("!`ls`"), foreignShell: "powershell" }
    await expect(wants(foreign)).rejects.toThrow(/written for powershell/)
    expect(await wants({ ...textOf("Do it."), foreignShell: "powershell" })).toMatchObject({ commands: [] })
    await expect(wants(textOf("!`ls`\n".repeat(51)))).rejects.toThrow(/51 commands/)
  })

  const hook = (event: CommandHook["event"], command: string): CommandHook => ({
    event,
    matcher: "",
    command,
    timeout: 5,
    source: { kind: "skill", path: "/s/SKILL.md", trusted: true }
  })
  const book = (hooks: ReadonlyArray<CommandHook>, guards?: boolean): CommandHooks & { seen: Array<unknown> } => {
    const seen: Array<unknown> = []
    const problems = guards === undefined ? [] : [{ reason: "odd", guards, source: hook("Stop", "").source }]
    const read = (value: unknown) => {
      seen.push(value)
      return { hooks, problems }
    }
    return { seen, read, all: async () => read({}), again: async () => read({}), follow: () => undefined }
  }
  const guarding = {
    ...textOf("Do it."),
    hooks: { PreToolUse: [{ hooks: [{ timeout: "5", once: "true", command: "1x" }] }] }
  }

  it("is the hooks that guard, until the user has agreed to these very ones", async () => {
    const hooks = book([hook("PreToolUse", "check"), hook("Stop", "bell")])
    const first = await wants(guarding, hooks)
    expect(hooks.seen).toEqual([{ PreToolUse: [{ hooks: [{ timeout: 5, once: true, command: "1x" }] }] }])
    expect(await previewOf(guarding, first)).toMatchObject({
      risk: "execute",
      command: "# hook PreToolUse, while it is followed:\ncheck"
    })
    const { agreedKey } = await import("../../../../plugins/builtin/skills/wants.ts")
    const key = agreedKey([hook("PreToolUse", "check"), hook("Stop", "bell")])
    const agreed = await wants(guarding, hooks, { [key]: true })
    expect(await previewOf(guarding, agreed)).toBeUndefined()
    expect(
      await previewOf(guarding, await wants(guarding, book([hook("PreToolUse", "other")]), { [key]: true }))
    ).toMatchObject({
      command: expect.stringMatching(/\nother$/)
    })
  })

  it("is not followed without a guard that cannot be read, or cannot hold", async () => {
    await expect(wants(guarding, book([], true))).rejects.toThrow(/cannot be read: odd/)
    expect(await wants(guarding, book([], false))).toMatchObject({ guards: [] })
    const { skill } = guarding
    await expect(wants({ ...guarding, skill: { ...skill, hooks: ["PreToolUse"] } })).rejects.toThrow(/switched off/)
    await expect(
      wants({ ...guarding, skill: { ...skill, fork: true } }, book([hook("PreToolUse", "check")]))
    ).rejects.toThrow(/agent of its own/)
  })

  it("is what runs: other commands, or another guard, are not", async () => {
    const text = (body: string) => wants(textOf(body))
    const one = await text("!`a`\n!`b`")
    expect(isAsShown(one, await text("x !`a`\n\n!`b`"))).toBe(true)
    for (const other of [undefined, await text("!`a`"), await text("!`b`\n!`a`"), await text("!`a b`")])
      expect(isAsShown(one, other)).toBe(false)
    expect(isAsShown(await text("Do it."), undefined)).toBe(true)
    const guarded: Wants = { ...one, commands: [], guards: [hook("PreToolUse", "x")], hooksAgreed: false }
    expect(isAsShown(guarded, { ...guarded, guards: [hook("PreToolUse", "y")] })).toBe(false)
    expect(isAsShown({ ...guarded, hooksAgreed: true }, { ...guarded, guards: [] })).toBe(true)
  })
})
