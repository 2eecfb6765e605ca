import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Command } from "commander"
import { describe, expect, it } from "vitest"
import { program } from "../../../channels/cli/main.ts"
import { type FlagOfPlugin, offerFlags, sortFlags } from "../../../channels/cli/plugin-flags.ts"
import { kintsugi, place } from "../../program.ts"
import { heardIo } from "./heard.ts"

const flag = (name: string, more: Partial<FlagOfPlugin> = {}): FlagOfPlugin => ({
  plugin: "words",
  name,
  description: `about ${name}`,
  type: "boolean",
  ...more
})

const flags = [
  flag("fast"),
  flag("speed", { type: "string" }),
  flag("loud", { default: true }),
  flag("model", { type: "string" }),
  flag("no-yes"),
  flag("Fast Ones"),
  flag("fast", { plugin: "other" })
]

/** What comes of a command line. */
const parsed = (...argv: ReadonlyArray<string>) => {
  const command = new Command("chat").option("-m, --model <id>").exitOverride()
  const flagsIn = offerFlags(command, flags)
  command.configureOutput({ writeErr: () => {} }).parse([...argv], { from: "user" })
  return { flags: flagsIn(command.opts()), model: command.opts().model as unknown }
}

describe("flags of plugins", () => {
  it.each([
    [[], {}],
    [["--fast"], { fast: true }],
    [["--speed", "9"], { speed: "9" }],
    [["--speed=x=y"], { speed: "x=y" }],
    [["--no-loud"], { loud: false }],
    [["--loud"], { loud: true }]
  ])("%j", (argv, values) => {
    expect(parsed(...argv)).toEqual({ flags: values, model: undefined })
  })

  it("never take the name of one of ours, nor of each other, nor turn another one round", () => {
    expect(sortFlags(flags).usable.map(({ name }) => name)).toEqual(["fast", "speed", "loud"])
    expect(sortFlags(flags).clashes).toEqual([
      "--model of plugin words is ignored: kintsugi has a flag of this name",
      "--no-yes of plugin words is ignored: a name that begins with no- is the opposite of a flag",
      "--Fast Ones of plugin words is ignored: it is no name of a flag",
      "--fast of plugin other is ignored: plugin words has a flag of this name"
    ])
    expect(parsed("--model", "mine")).toEqual({ flags: {}, model: "mine" })
  })

  it("are wrong when they are not known, or lack their value", () => {
    expect(() => parsed("--sped", "9")).toThrow("unknown option '--sped'")
    expect(() => parsed("--speed")).toThrow("argument missing")
  })

  it("have the name of no flag of ours, whether it is one of chat or of run", async () => {
    const whole = await program(heardIo(), "1", [])
    const ours = whole.commands
      .filter((command) => command.name() === "chat" || command.name() === "run")
      .flatMap(({ options }) => options.map(({ long }) => (long ?? "").slice(2)))
    expect(ours).toEqual(expect.arrayContaining(["connect", "api-key", "max-turns", "mode"]))
    const { usable, clashes } = sortFlags([...ours, "help", "version"].map((name) => flag(name)))
    expect(usable).toEqual([])
    for (const clash of clashes) expect(clash).toContain("kintsugi has a flag of this name")
  })
})

const module = `
let speed
export default {
  name: "gadget",
  start: ({ flags }) => void (speed = flags),
  systemPrompt: () => "flags " + JSON.stringify(speed),
  beforeToolExecute: () => ({ deny: "flags " + JSON.stringify(speed) }),
  registerFlags: () => [
    { name: "gadget-speed", type: "string", description: "how fast", default: "slow" },
    { name: "model", type: "string", description: "taken" }
  ]
}
`

const script = `
rules:
  - when: ".*"
    turns: [ { calls: [ { tool: list_files, input: {} } ] }, { text: "Done." } ]
`

it(
  "a plugin's flag is shown by --help and reaches its start; doctor tells of a broken one",
  { timeout: 60_000 },
  async () => {
    await using at = await place()
    const folder = join(at.home, ".config", "kintsugi", "plugins")
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, "gadget.mjs"), module)
    await writeFile(join(folder, "cracked.mjs"), "export default 12\n")
    await writeFile(join(at.cwd, "script.yaml"), script)
    const model = ["-m", "scripted/./script.yaml"]
    const first = await kintsugi(at, ["run", "go", ...model])
    expect(first.stderr).toContain(`flags {"gadget-speed":"slow"}`)
    const help = await kintsugi(at, ["run", "--help"])
    expect(help.stdout).toMatch(/Options of plugins:\n +--gadget-speed <value> +how fast \(plugin gadget\)/)
    expect(help.stdout).toContain("--model of plugin gadget is ignored")
    expect(help.stderr).toBe("")
    const warp = await kintsugi(at, ["run", "go", ...model, "--gadget-speed=warp"])
    expect(warp.stderr).toContain(`flags {"gadget-speed":"warp"}`)
    expect(warp.stderr).toContain("--model of plugin gadget is ignored: kintsugi has a flag of this name")
    const wrong = await kintsugi(at, ["run", "go", "--gadget-sped", "warp"])
    expect(wrong).toMatchObject({ code: 2, stdout: "" })
    expect(wrong.stderr).toMatch(/unknown option '--gadget-sped'[^]*Did you mean --gadget-speed[^]*kintsugi run --help/)
    const doctor = await kintsugi(at, ["doctor"], { env: { KINTSUGI_LLM_MODEL: "scripted/./script.yaml" } })
    expect(doctor.stdout).toMatch(/✗ plugin cracked: \w+ \(global\): .*must be a plugin object/)
  }
)
