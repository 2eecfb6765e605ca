/** The git package over real repositories, through the host's ports: what it says, what it never does. */
import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, utimesSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import plugin from "../../../plugins/packages/kintsugi-plugin-git/src/index.ts"
import { quote } from "../../../plugins/packages/kintsugi-plugin-git/src/command.ts"
import { unquote } from "../../../plugins/packages/kintsugi-plugin-git/src/names.ts"
import { workspace, type Workspace, type WorkspaceOptions } from "../workspace.ts"

const hasGit = spawnSync("git", ["--version"]).status === 0

const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]

const open = async (options: WorkspaceOptions = {}) => {
  const space = await workspace({ ...options, tools: plugin.tools ?? [] })
  const git = (...args: ReadonlyArray<string>) =>
    execFileSync("git", [...identity, ...args], { cwd: space.cwd, stdio: "pipe" }).toString()
  return Object.assign(space, { git })
}

type Repository = Awaited<ReturnType<typeof open>>

/** A repository with one commit of the files, and an identity of its own. */
const repository = async (files: Readonly<Record<string, string | Uint8Array>>, options?: WorkspaceOptions) => {
  const space = await open(options)
  space.git("init", "--quiet", "--initial-branch=main")
  space.git("config", "user.name", "Ada")
  space.git("config", "user.email", "ada@example.com")
  await space.put(files)
  space.git("add", "--all")
  space.git("commit", "--quiet", "--allow-empty", "--message=first")
  return space
}

const data = async (space: Workspace, tool: string, input: object = {}) => String((await space.call(tool, input)).data)

/** Refused as a port refuses: the host makes an answer of it. */
const refused = (kind: string, words: RegExp) =>
  expect.objectContaining({ kind, message: expect.stringMatching(words) })

describe("a command line", () => {
  it("hands every word to the program as it is", () => {
    const word = fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replaceAll("\0", "").toWellFormed())
    fc.assert(
      fc.property(fc.array(word, { minLength: 200, maxLength: 400 }), (words) => {
        const { stdout } = spawnSync("sh", ["-c", `printf '%s\\0' ${words.map(quote).join(" ")}`])
        expect(stdout.toString()).toBe(`${words.join("\0")}\0`)
      }),
      { numRuns: 2 }
    )
    expect(() => quote("a\0b")).toThrow("NUL")
  })
})

describe("a quoted name", () => {
  /** As git quotes it with core.quotePath. */
  const quoted = (name: string): string => {
    const letters: Readonly<Record<number, string>> = {
      7: "a",
      8: "b",
      9: "t",
      10: "n",
      11: "v",
      12: "f",
      13: "r",
      34: '"',
      92: "\\"
    }
    const bytes = [...Buffer.from(name)]
    const plain = bytes.every((byte) => byte > 31 && byte < 127 && byte !== 34 && byte !== 92)
    const escaped = bytes.map((byte) => {
      if (letters[byte] !== undefined) return `\\${letters[byte]}`
      return byte > 31 && byte < 127 ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`
    })
    return plain ? name : `"${escaped.join("")}"`
  }

  it("is what it was", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
        (name) => {
          expect(unquote(quoted(name))).toBe(name)
        }
      )
    )
  })
})

describe.skipIf(!hasGit)("git_status", () => {
  it("names what is staged, changed, untracked and in conflict, whatever the names hold", async () => {
    await using space = await repository({ "a.txt": "one\n", "old name.txt": "same\nsame\n", "gone.txt": "x\n" })
    space.git("switch", "--quiet", "--create", "other")
    await space.put({ "a.txt": "theirs\n" })
    space.git("commit", "--quiet", "--all", "--message=theirs")
    space.git("switch", "--quiet", "main")
    await space.put({ "a.txt": "ours\n" })
    space.git("commit", "--quiet", "--all", "--message=ours")
    expect(() => space.git("merge", "other")).toThrow("merge other")
    space.git("mv", "old name.txt", "new → name.txt")
    space.git("rm", "--quiet", "--cached", "gone.txt")
    await space.put({ 'né\nw "q" $(touch pwned).txt': "", "new → name.txt": "same\nsame\nmore\n" })
    expect(await data(space, "git_status")).toBe(
      [
        "branch main",
        "conflicts, to be resolved:\n  changed by both  a.txt",
        "staged:\n  deleted    gone.txt\n  renamed    old name.txt → new → name.txt",
        "changed, not staged:\n  modified   new → name.txt",
        'untracked:\n  gone.txt\n  "né\\nw \\"q\\" $(touch pwned).txt"'
      ].join("\n\n")
    )
  })

  it("tells of no commits, no branch, no repository, and of a folder within one", async () => {
    await using space = await open()
    await expect(space.call("git_status", {})).rejects.toEqual(refused("not_found", /no git repository/))
    space.git("init", "--quiet", "--initial-branch=main")
    expect(await data(space, "git_status")).toBe("branch main, no commits yet\n\nnothing has changed")
    await expect(space.call("git_log", {})).rejects.toEqual(refused("not_found", /no commits yet/))
    await expect(space.call("git_show", {})).rejects.toEqual(refused("not_found", /no commits yet|no such revision/))
    await space.put({ "top.txt": "", "sub/in.txt": "" })
    expect(await data(space, "git_status", { folder: "sub" })).toBe(
      "branch main, no commits yet\n\nuntracked:\n  ./\n\n[only what is in sub/]"
    )
    space.git("add", ".")
    space.git("commit", "--quiet", "--message=x")
    space.git("switch", "--quiet", "--detach")
    expect(await data(space, "git_status")).toMatch(/^no branch, at [0-9a-f]{10} \(detached\)\n\nnothing has changed$/)
    await expect(space.call("git_status", { folder: space.outside })).rejects.toEqual(
      refused("permission_denied", /outside/)
    )
    await expect(space.call("git_status", { folder: "top.txt" })).rejects.toEqual(refused("not_found", /no folder/))
  })
})

describe.skipIf(!hasGit)("git_diff, git_log, git_show and git_blame", () => {
  it("show changes, with binaries named and blocked folders left out", async () => {
    await using space = await repository({ "a.txt": "one\ntwo\n", "secret/key": "k1\n" }, { blocked: ["secret"] })
    await space.put({ "a.txt": "one\n2\n", "secret/key": "k2\n", "b.bin": new Uint8Array([0, 1, 2]) })
    const changed = await data(space, "git_diff")
    expect(changed).toContain("-two\n+2\n")
    expect(changed).not.toContain("k2")
    expect(await data(space, "git_diff", { paths: ["a.txt"], stat: true })).toContain("1 file changed")
    await expect(space.call("git_diff", { paths: ["secret/key"] })).rejects.toEqual(
      refused("permission_denied", /secret/)
    )
    space.git("add", "--all")
    expect(await data(space, "git_diff", { staged: true })).toContain("Binary files /dev/null and b/b.bin differ")
    expect(await data(space, "git_diff")).toBe("[no difference]")
    space.git("commit", "--quiet", "--message=second")
    const shown = await data(space, "git_show")
    expect(shown).toContain("    second")
    expect(shown).toContain("+2")
    expect(shown).not.toContain("k2")
    await expect(space.call("git_show", { file: "secret/key" })).rejects.toEqual(refused("permission_denied", /secret/))
    expect(await data(space, "git_show", { revision: "HEAD~1", file: "a.txt" })).toBe("one\ntwo\n")
    expect(await data(space, "git_diff", { from: "HEAD~1", to: "HEAD", paths: ["a.txt"] })).toContain("+2")
    expect(await data(space, "git_log", { limit: 1 })).toMatch(
      /^\w+ \d{4}-\d\d-\d\d Ada \(HEAD -> main\)\n {4}second\n$/
    )
    expect(await data(space, "git_log", { message: "FIRST" })).toContain("first")
    expect(await data(space, "git_log", { author: "nobody" })).toBe("[no commits match]")
    expect(await data(space, "git_blame", { path: "a.txt", start: 2 })).toMatch(/^\w+ \(Ada +\d{4}-\d\d-\d\d 2\) 2\n$/)
    await expect(space.call("git_blame", { path: "a.txt", start: 9 })).rejects.toEqual(
      refused("invalid_arguments", /shorter/)
    )
    await expect(space.call("git_blame", { path: "none" })).rejects.toEqual(refused("not_found", /no such file/))
  })

  it("are bounded, and stop git when nobody reads on", async () => {
    await using space = await repository({ "big.txt": "" })
    await space.put({ "big.txt": "a line that is different from all the others\n".repeat(400_000) })
    const { exec } = space.context
    const signals: Array<AbortSignal | undefined> = []
    const run: typeof exec.run = (command, options) => {
      signals.push(options?.signal)
      return exec.run(command, options)
    }
    const text = String((await space.call("git_diff", {}, { exec: { ...exec, run } })).data)
    expect(text.length).toBeLessThan(45_000)
    expect(text).toContain("[there is more; ask for some of the files with paths]")
    expect(signals.at(-1)?.aborted).toBe(true)
  })

  it("take no option, no command and no file from what is meant as a revision or a filter", async () => {
    await using space = await repository({ "a.txt": "one\n" })
    const attempts = [
      "--output=pwned",
      "-O/etc/passwd",
      "HEAD:a.txt",
      "a b",
      "",
      "$(touch pwned)",
      "`touch pwned`;touch pwned"
    ]
    for (const revision of attempts)
      for (const [tool, input] of [
        ["git_diff", { from: revision }],
        ["git_log", { revision }],
        ["git_show", { revision }],
        ["git_blame", { revision, path: "a.txt" }]
      ] as const)
        await expect(space.call(tool, input), `${tool} ${revision}`).rejects.toMatchObject({ name: "PortError" })
    for (const text of ["--all; touch pwned", "'; touch pwned; '", "$(touch pwned)"])
      expect(await data(space, "git_log", { author: text, since: text })).toBe("[no commits match]")
    expect(existsSync(space.path("pwned"))).toBe(false)
  })

  it("start no program that the repository's configuration names", async () => {
    await using space = await repository({ "a.txt": "one\n", ".gitattributes": "*.txt diff=evil\n" })
    const signed = space
      .git("cat-file", "commit", "HEAD")
      .replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n\n")
    const object = ["hash-object", "-t", "commit", "-w", "--stdin"]
    space.git("reset", "--quiet", execFileSync("git", object, { cwd: space.cwd, input: signed }).toString().trim())
    await space.put({ ".git/evil": `#!/bin/sh\ntouch ${space.path("pwned")}\n` })
    chmodSync(space.path(".git/evil"), 0o755)
    const evil = space.path(".git/evil")
    for (const key of [
      "core.fsmonitor",
      "diff.external",
      "diff.evil.textconv",
      "diff.evil.command",
      "core.pager",
      "core.editor"
    ])
      space.git("config", key, evil)
    space.git("config", "gpg.program", evil)
    space.git("config", "log.showSignature", "true")
    await space.put({ "a.txt": "two\n" })
    for (const tool of ["git_status", "git_diff", "git_log", "git_show"]) await space.call(tool, {})
    await space.call("git_blame", { path: "a.txt" })
    expect(existsSync(space.path("pwned"))).toBe(false)
  })
})

describe.skipIf(!hasGit)("git_commit", () => {
  const before = async () => {
    const space = await repository({ "a.txt": "one\n", "b.txt": "one\n" })
    await space.put({ "a.txt": "two\n", "b.txt": "two\n", "new file's.txt": "new\n" })
    space.git("add", "b.txt")
    return space
  }

  const state = (space: Repository) => [space.git("rev-parse", "HEAD"), space.git("status", "--porcelain")].join("\n")

  it("shows what it will hold, and touches nothing until then", async () => {
    await using space = await before()
    const hooks = space.path(".git/hooks")
    mkdirSync(hooks, { recursive: true })
    await space.put({ ".git/hooks/pre-commit": "#!/bin/sh\nexit 0\n" })
    chmodSync(join(hooks, "pre-commit"), 0o755)
    const [was, objects] = [state(space), space.git("count-objects")]
    const preview = await space.preview("git_commit", { message: "it's\n\nall", paths: ["a.txt", "new file's.txt"] })
    expect(preview.summary).toBe("commit 2 files, which runs pre-commit: it's")
    expect(preview.paths).toEqual([space.path("a.txt"), space.path("new file's.txt")])
    expect(preview.diff).toContain("+two")
    expect(preview.diff).toContain("+new")
    expect(preview.diff).not.toContain("b.txt")
    expect([state(space), space.git("count-objects")]).toEqual([was, objects])
  })

  it("commits what is staged, or the paths, or all", async () => {
    await using space = await before()
    const message = 'say "it\'s" $(touch pwned) `x`\n\n# no comment\n-- more'
    const { summary } = await space.call("git_commit", { message, paths: ["new file's.txt"] })
    expect(summary).toMatch(/^\[\w+\] say "it's"/)
    expect(space.git("log", "-1", "--format=%B").trim()).toBe(message)
    expect(space.git("show", "--format=", "--name-only")).toBe("new file's.txt\n")
    expect(space.git("status", "--porcelain")).toBe(" M a.txt\nM  b.txt\n")
    await space.call("git_commit", { message: "staged" })
    expect(space.git("show", "--format=", "--name-only")).toBe("b.txt\n")
    await space.call("git_commit", { message: "rest", all: true })
    expect(space.git("status", "--porcelain")).toBe("")
    expect(existsSync(space.path("pwned"))).toBe(false)
  })

  it("sees what changed in the same moment in which git looked last", async () => {
    await using space = await repository({})
    space.git("config", "core.trustctime", "false")
    space.git("config", "core.checkStat", "minimal")
    const moment = new Date("2026-01-01T00:00:00Z")
    const put = async (text: string) => {
      await space.put({ "a.txt": text })
      utimesSync(space.path("a.txt"), moment, moment)
    }
    await put("one\n")
    space.git("add", "a.txt")
    space.git("commit", "--quiet", "--message=one")
    utimesSync(space.path(".git/index"), moment, moment)
    await put("two\n")
    expect((await space.preview("git_commit", { message: "two", all: true })).diff).toContain("+two")
  })

  it("commits nothing when it has changed since it was shown", async () => {
    await using space = await before()
    const input = { message: "x", paths: ["a.txt"] }
    await space.preview("git_commit", input)
    await space.put({ "a.txt": "three\n" })
    const was = state(space)
    await expect(space.call("git_commit", input)).rejects.toEqual(
      refused("permission_denied", /has changed since it was shown/)
    )
    expect(state(space)).toBe(was)
    await space.preview("git_commit", input)
    expect((await space.call("git_commit", input)).success).toBe(true)
  })

  it("says why it cannot", async () => {
    await using space = await repository({ "a.txt": "one\n", "secret/key": "k\n" }, { blocked: ["secret"] })
    const commit = (input: object) => space.call("git_commit", { message: "x", ...input })
    await expect(space.preview("git_commit", { message: "x" })).rejects.toEqual(
      refused("invalid_arguments", /nothing is staged/)
    )
    await expect(commit({ paths: ["a.txt"] })).rejects.toEqual(
      refused("invalid_arguments", /nothing of it has changed/)
    )
    await expect(commit({ paths: ["none"] })).rejects.toEqual(refused("not_found", /no such file/))
    await expect(commit({ paths: ["secret/key"] })).rejects.toEqual(refused("permission_denied", /secret/))
    await expect(commit({ paths: ["a.txt"], all: true })).rejects.toEqual(refused("invalid_arguments", /not both/))
    await space.put({ ".git/hooks/pre-commit": "#!/bin/sh\necho no lint >&2\nexit 1\n", "a.txt": "two\n" })
    chmodSync(space.path(".git/hooks/pre-commit"), 0o755)
    await expect(commit({ all: true })).rejects.toEqual(refused("execution_error", /no lint/))
  })
})
