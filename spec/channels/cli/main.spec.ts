import { fileURLToPath } from "node:url"
import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import packageJson from "../../../package.json" with { type: "json" }
import { kintsugi, place } from "../../program.ts"

describe("kintsugi", () => {
  it("runs from its sources, as in a clone", async () => {
    await using at = await place()
    const program = fileURLToPath(new URL("../../../channels/cli/bin.ts", import.meta.url))
    const { code, stdout } = await kintsugi(at, ["run", "-m", "scripted/rehearsal", "hello"], { program })
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/./) })
  })

  it.each(["--version", "-V"])("%s prints the version and nothing else", async (flag) => {
    await using at = await place()
    expect(await kintsugi(at, [flag])).toMatchObject({ code: 0, stdout: `${packageJson.version}\n`, stderr: "" })
  })

  it.each([[["--help"]], [["run", "--help"]], [["config", "--help"]], [["session", "list", "--help"]]])(
    "%j explains, on standard output",
    async (args) => {
      await using at = await place()
      expect(await kintsugi(at, args)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("Usage: kintsugi"),
        stderr: ""
      })
    }
  )

  it.each([[["dance"]], [["session", "dance"]], [["session", "show"]]])("%j is wrong usage", async (args) => {
    await using at = await place()
    const { code, stdout, stderr } = await kintsugi(at, args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect(stderr).toContain("error:")
  })

  it("stops at a wrong configuration, with file, line, key and what was expected", async () => {
    await using at = await place()
    const { code, stderr } = await kintsugi(at, ["run", "hello"], { env: { KINTSUGI_REACT_MAX_TURNS: "many" } })
    expect(code).toBe(2)
    expect(stderr).toMatch(/KINTSUGI_REACT_MAX_TURNS.*expected/)
  })

  it("chat says where it works when there is no terminal", async () => {
    await using at = await place()
    expect(await kintsugi(at, ["chat"])).toMatchObject({ code: 2, stderr: expect.stringContaining("kintsugi run") })
  })

  it("lists providers and models, for people and for programs", async () => {
    await using at = await place()
    const env = { ANTHROPIC_API_KEY: "sk-test" }
    expect((await kintsugi(at, ["providers"], { env })).stdout).toMatch(
      /^anthropic +Anthropic +replayed +found: ANTHROPIC_API_KEY$/m
    )
    const models = JSON.parse((await kintsugi(at, ["models", "--json"], { env })).stdout)
    expect(models[0]).toMatchObject({
      id: expect.stringMatching(/^anthropic\//),
      contextWindow: expect.any(Number),
      price: { input: expect.any(Number) }
    })
    expect((await kintsugi(at, ["models", "nobody"])).code).toBe(2)
  })

  it("doctor says what is in order and what is not", async () => {
    await using at = await place()
    const { code, stdout } = await kintsugi(at, ["doctor", "--json"])
    expect(code).toBe(1)
    const findings = JSON.parse(stdout) as ReadonlyArray<{ name: string; ok: boolean }>
    expect(findings.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(["model"])
    expect((await kintsugi(at, ["doctor"], { env: { KINTSUGI_LLM_MODEL: "scripted/rehearsal" } })).code).toBe(0)
  })

  it("completes commands, subcommands and options in bash", async () => {
    await using at = await place()
    const { stdout } = await kintsugi(at, ["completion", "bash"])
    const complete = (...words: ReadonlyArray<string>) =>
      execFileSync(
        "bash",
        [
          "-c",
          `${stdout}\nCOMP_WORDS=(kintsugi "$@"); COMP_CWORD=$#; _kintsugi; echo "\${COMPREPLY[*]}"`,
          "bash",
          ...words
        ],
        { encoding: "utf8" }
      ).trim()
    expect(complete("se")).toBe("session")
    expect(complete("session", "e")).toBe("export")
    expect(complete("run", "--perm")).toBe("--permissions")
    expect(complete("session", "--all", "e")).toBe("export")
    expect((await kintsugi(at, ["completion", "fish"])).stdout).toContain(
      "-n '__fish_seen_subcommand_from session' -a export"
    )
    expect((await kintsugi(at, ["completion", "zsh"])).stdout).toMatch(/^autoload/)
    expect((await kintsugi(at, ["completion", "tcsh"])).code).toBe(2)
  })
})
