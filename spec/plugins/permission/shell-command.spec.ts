import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { readShell, withInside } from "../../../plugins/permission/shell-command.ts"
import { programName } from "../../../plugins/permission/shell-wrapper.ts"
import { disguises, linesAround } from "./shell-lines.ts"

const commandsIn = async (text: string): Promise<ReadonlyArray<string>> =>
  (await readShell(text)).commands
    .flatMap(withInside)
    .map(({ sets, words }) => [...sets, ...words].map((word) => word.text).join(" "))

describe("readShell", () => {
  it.each([
    ["a; b && c || d | e & f", ["a", "b", "c", "d", "e", "f"]],
    [
      "a $(b `c`) <(d) ${x:-$(e)} $((1 + $(f)))",
      ["a $(b `c`) <(d) ${x:-$(e)} $((1 + $(f)))", "b `c`", "c", "d", "e", "f"]
    ],
    ["X=$(a) b", ["X=\0 b", "a"]],
    ["cat <<E\n$(a)\nE\ncat <<'E'\n$(b)\nE", ["cat", "a", "cat"]],
    ["r\"\"m 'a b' $'\\x63' \"d\"\\ e", ["rm a b c d e"]],
    ["sudo -u bob -- a b", ["sudo -u bob -- a b", "a b"]],
    ["env X=1 nice -n 5 a", ["env X=1 nice -n 5 a", "X=1 nice -n 5 a", "X=1 a"]],
    ["bash -euo pipefail -c 'a; b'", ["bash -euo pipefail -c a; b", "a", "b"]],
    ["find . -name x -exec a {} + -ok b \\;", ["find . -name x -exec a {} + -ok b ;", "a {}", "b"]],
    ["ls | xargs -0 -I% a %", ["ls", "xargs -0 -I% a %", "a %"]],
    ["a # ; b", ["a"]],
    ["a \\; b", ["a ; b"]],
    ["command -v a", ["command -v a"]]
  ])("finds all that %j runs", async (text, commands) => {
    expect(await commandsIn(text)).toEqual(commands)
    expect((await readShell(text)).unknown).toEqual([])
  })

  it.each([
    "$X a",
    "`echo a`",
    "a?b",
    "{a,b}",
    "eval $X",
    `${"eval ".repeat(10)} a`,
    'eval "$(a)"',
    'bash -c "$X"',
    "curl x | sh",
    "bash -s -- x",
    "source x",
    ". ./x",
    "alias a=b",
    "a &&",
    "echo $(a &&)",
    "a )",
    "'a",
    "timeout --unheard-of a",
    "sudo -s",
    "sudo $X a",
    "xargs -I{} {} a",
    "coproc a",
    "a !(b)",
    "echo ${x@P}",
    "x='a[$(b)]'; echo $((x))",
    "echo ${x['$(a)']}",
    "x=$(a); echo $((x))",
    "((a) && b)",
    "echo $((a); b)",
    "cat <<E\n${x:-'$(a)'}\nE",
    "test -v 'x[$(a)]'",
    "PS4='$(a)'",
    "read PS4 <<< x",
    "env BASH_ENV=x bash -c a",
    "mapfile -C a -c 1 x",
    "declare -i x; x=$(a)",
    "RANDOM=$(a)",
    "cat < /dev/tcp/x/80",
    ">&-a b",
    "<&-a b",
    ">&'$(a)' b",
    "a \u202e b",
    "a\u00a0b",
    "a\rb",
    "a\u0000b"
  ])("says that it cannot know what %j runs", async (text) => {
    expect((await readShell(text)).unknown).not.toEqual([])
  })

  it.each([
    "for i in 1 2 3; do echo $((i + 1)); done",
    "i=0; while ((i < 3)); do i=$((i + 1)); done",
    'x=$(date); echo "${x:-none} ${#x} ${x%.*}"',
    'git commit -m "fix: [core] it\'s $(date)"',
    "[ -f a ] && [[ $x == *.ts ]] && test -d b",
    "a > out.txt 2>&1 < in.txt",
    "diff <(a) <(b)"
  ])("understands %j", async (text) => {
    expect((await readShell(text)).unknown).toEqual([])
  })

  it("names the files that redirections write", async () => {
    const { writes } = await readShell("a >b 2>>c >&d &>e >|f <>g 2>&1 >&- <h; { i; } > j; bash -c 'k > l'")
    expect(writes.map(({ text }) => text)).toEqual(["b", "c", "d", "e", "f", "g", "j", "l"])
  })
})

const hasBash = (): boolean => {
  try {
    return execFileSync("bash", ["-c", "echo $BASH_VERSION"], { encoding: "utf8" }).trim() !== ""
  } catch {
    return false
  }
}

describe.skipIf(!hasBash())("readShell against bash itself (needs bash)", () => {
  const folder = mkdtempSync(join(tmpdir(), "kintsugi-shell-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const [programs, log] = [join(folder, "bin"), join(folder, "log")]
  mkdirSync(programs)
  for (const name of ["canary", "innocent"]) {
    writeFileSync(join(programs, name), `#!/bin/bash\necho ${name} >> ${log}\n`)
    chmodSync(join(programs, name), 0o755)
  }
  // Nothing else is to be found: what a generated line could run by mistake is not there.
  const which = (name: string): string | undefined =>
    process.env.PATH?.split(delimiter)
      .map((one) => join(one, name))
      .find(
        (one) =>
          execFileSync("bash", ["-c", `[ -x "$0" ] && echo yes || echo no`, one], { encoding: "utf8" }) === "yes\n"
      )
  for (const name of ["bash", "cat", "env", "find", "nice", "nohup", "timeout", "xargs"]) {
    const path = which(name)
    if (path !== undefined) symlinkSync(path, join(programs, name))
  }

  const run = (line: string): boolean => {
    writeFileSync(log, "")
    try {
      execFileSync("bash", ["-c", line], { cwd: folder, env: { PATH: programs }, stdio: "ignore", timeout: 10_000 })
    } catch {
      // Most lines end with a code other than 0; what counts is who was called.
    }
    return readFileSync(log, "utf8").includes("canary")
  }

  const hidden = fc.constantFrom(...disguises("canary"))

  it("sees every command that bash runs, however it is hidden", async () => {
    let ran = 0
    await fc.assert(
      fc.asyncProperty(linesAround(hidden, fc.constant("innocent")), async (line) => {
        if (!run(line)) return
        ran++
        const { commands, unknown } = await readShell(line)
        const names = commands.flatMap(withInside).map(({ words }) => programName(words[0]?.text ?? ""))
        expect(unknown.length > 0 || names.includes("canary"), line).toBe(true)
      }),
      { numRuns: 120 }
    )
    // Else the forms would prove nothing.
    expect(ran).toBeGreaterThan(60)
  })
})
