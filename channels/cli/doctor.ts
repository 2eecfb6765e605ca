/** `kintsugi doctor`: looks at everything a session needs and says what to do about what is missing. */
import { spawnSync } from "node:child_process"
import { Command } from "commander"
import { folders, homeOf } from "../../actors/folders.ts"
import type { PluginView, RuntimePlugins } from "../../actors/plugin/runtime-plugins.ts"
import { type Finding, keyFindings } from "./doctor-keys.ts"
import { CliError, type Io } from "./io.ts"
import { oneLine, printable } from "./printable.ts"
import { howToConfigure, prepare } from "./runtime.ts"

export const doctorCommand = (io: Io): Command =>
  new Command("doctor")
    .description("check what a session needs")
    .option("--live", "send one small request to each configured provider; it may cost a fraction of a cent")
    .option("--json")
    .action(async ({ json, live = false }: { json?: true; live?: boolean }) => {
      const findings = [
        { name: "node", ok: true, detail: process.version },
        ...(await session(io, live)),
        await ripgrep(),
        program("bash"),
        program("git")
      ]
      if (json) io.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
      else for (const { name, ok, detail } of findings) io.stdout.write(`${ok ? "✓" : "✗"} ${name}: ${detail}\n`)
      if (findings.some(({ ok }) => !ok)) throw new CliError(1, "")
    })

/** Opens what a session opens; the first thing that fails hides what comes after it. */
const session = async (io: Io, live: boolean): Promise<ReadonlyArray<Finding>> => {
  const data: Finding = { name: "sessions", ok: true, detail: folders({ env: io.env, home: homeOf(io.env) }).data }
  try {
    const { runtime, notices } = await prepare(io, {})
    const plugins = await pluginFindings(runtime.plugins).finally(runtime.close)
    const { model } = runtime
    return [
      { name: "configuration", ok: true, detail: notices.join("; ") || "in order" },
      data,
      {
        name: "model",
        ok: model !== undefined,
        detail: model === undefined ? howToConfigure(undefined, io.env) : `${model.id} (${model.reason})`
      },
      ...(await keyFindings(io, model?.id, live)),
      ...plugins
    ]
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    const isConfig = error instanceof Error && error.name === "ConfigError"
    return [isConfig ? { name: "configuration", ok: false, detail } : { ...data, ok: false, detail }]
  }
}

/** Every plugin is begun as for a session; those that want attention are told, a line each. */
const pluginFindings = async (plugins: RuntimePlugins): Promise<ReadonlyArray<Finding>> => {
  const failures = new Map<string, string>()
  for (const { name, tier, state } of plugins.list()) {
    if (tier === "built-in" || state !== "healthy") continue
    await plugins.enable(name).catch((error: Error) => failures.set(name, error.message))
  }
  const findings = plugins.list().map((view) => findingOf(view, failures.get(view.name)))
  const sound = findings.filter((one) => one === undefined).length
  return [{ name: "plugins", ok: true, detail: `${sound} in order` }, ...findings.filter((one) => one !== undefined)]
}

/** What is wrong in a folder that nobody trusts concerns no session. */
const findingOf = ({ name, tier, state, reason }: PluginView, failure: string | undefined): Finding | undefined => {
  const isWanting = ["broken", "quarantined", "degraded", "untrusted"].includes(state)
  if (failure === undefined && !isWanting) return undefined
  const why = reason === "" ? (failure ?? "") : reason
  return {
    name: printable(`plugin ${oneLine(name, 80)}`),
    ok: state === "untrusted",
    detail: printable(oneLine(`${state} (${tier})${why === "" ? "" : `: ${why}`}`, 400))
  }
}

const ripgrep = async (): Promise<Finding> => {
  try {
    const { rgPath } = await import("@vscode/ripgrep")
    return { ...program(rgPath), name: "ripgrep" }
  } catch (error) {
    return { name: "ripgrep", ok: false, detail: `grep, glob and list_files will not work: ${String(error)}` }
  }
}

const program = (name: string): Finding => {
  const { error, stdout } = spawnSync(name, ["--version"], { encoding: "utf8" })
  return {
    name,
    ok: error === undefined,
    detail:
      error === undefined
        ? (stdout.split("\n", 1)[0] ?? "")
        : `not found; install it or put it on PATH (${error.message})`
  }
}
