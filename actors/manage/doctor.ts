/** What is wrong with a plugin, and what to do about it: it is loaded in its place, and its examples are tried. */
import { readFileSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { relative } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { flawOf, playsOf } from "../../healing/gate/examples.ts"
import type { Manifest, ToolManifest } from "../hosts/manifest.ts"
import type { Hosts, Place } from "../hosts/host.ts"
import { hosts } from "../hosts/open-host.ts"
import { codeOf } from "../healing/code.ts"
import { makeTrial } from "../healing/trial.ts"
import { loaded, type Loaded } from "./inspect.ts"
import { misspeltHooks } from "./misspelt-hooks.ts"

export interface Patient {
  readonly name: string
  /** Absolute path of its first module. */
  readonly module: string
  readonly place: Place
  /** What other plugins there are, and what they bring. */
  readonly others: ReadonlyArray<Other>
}

export interface Other {
  readonly name: string
  /** Disabled, broken, untrusted and shadowed ones are of no use to whoever requires them. */
  readonly isUsable: boolean
  readonly tools: ReadonlyArray<string>
}

export interface Finding {
  readonly check: string
  /** wrong: it will not work as it should · hint: it works, and could be better. */
  readonly outcome: "fine" | "wrong" | "hint"
  readonly detail: string
}

const fine = (check: string, detail: string): Finding => ({ check, outcome: "fine", detail })
const wrong = (check: string, detail: string): Finding => ({ check, outcome: "wrong", detail })
const hint = (check: string, detail: string): Finding => ({ check, outcome: "hint", detail })

export interface Examined {
  readonly findings: ReadonlyArray<Finding>
  /** Absent when it cannot be loaded. */
  readonly manifest?: Manifest
}

/** Never fails for what the plugin does. */
export const examine = (patient: Patient): Effect.Effect<Examined> =>
  Effect.scoped(
    Effect.gen(function* () {
      const places = yield* hosts({ cwd: tmpdir() })
      const found = yield* Effect.result(loaded(places, patient, patient.place))
      const before = [...exposed(patient.module), ...misspelt(patient.module)]
      if (Result.isFailure(found)) return { findings: [wrong("loads", found.failure.message), ...before] }
      const { manifest } = found.success
      const findings = [
        fine("loads", `in a ${patient.place}, in ${found.success.milliseconds} ms`),
        ...before,
        ...named(patient, found.success),
        ...registered(found.success),
        ...required(patient, found.success),
        ...clashing(patient, found.success),
        ...oldZod(patient.module),
        ...(yield* tried(patient, manifest.tools, places))
      ]
      return { findings, manifest }
    })
  )

const named = ({ name }: Patient, { manifest }: Loaded): ReadonlyArray<Finding> =>
  manifest.name === name
    ? []
    : [
        hint(
          "name",
          `its code calls it ${manifest.name}, its files ${name}; with "kintsugi": { "name": "${manifest.name}" } in package.json both agree`
        )
      ]

const registered = ({ manifest: { failures = [], hooks, tools } }: Loaded): ReadonlyArray<Finding> => [
  ...failures.map(({ hook, error }) => wrong(hook, `failed, so what it adds is missing: ${error.message}`)),
  ...(tools.length + hooks.length === 0
    ? [hint("offers", "it has no tool and no hook, so nothing will ever come of it")]
    : [])
]

const required = ({ others }: Patient, { manifest: { requires = [] } }: Loaded): ReadonlyArray<Finding> =>
  requires.map((name) => {
    const other = others.find((one) => one.name === name)
    if (other?.isUsable === true) return fine("requires", `${name} is there`)
    return other === undefined
      ? wrong("requires", `${name} is not there; install it, or take it out of \`requires\``)
      : wrong("requires", `${name} is there and cannot be used; see: kintsugi plugin info ${name}`)
  })

const clashing = ({ others }: Patient, { manifest: { tools } }: Loaded): ReadonlyArray<Finding> =>
  tools.flatMap(({ name }) => {
    const other = others.find((one) => one.isUsable && one.tools.includes(name))
    return other === undefined
      ? []
      : [wrong(`tool ${name}`, `the plugin ${other.name} brings one of this name too; rename yours`)]
  })

/** Milliseconds for one example: it is slow over there, and nobody waits for an answer. */
const patience = 5000

const tried = (
  { name, module }: Patient,
  tools: ReadonlyArray<ToolManifest>,
  places: Hosts
): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.gen(function* () {
    const without = tools
      .filter(({ examples = [] }) => examples.length === 0)
      .map((tool) => hint(`tool ${tool.name}`, "has no examples: with some, a fault is found early and can be healed"))
    const exemplary = tools.filter(({ examples = [] }) => examples.length > 0)
    if (exemplary.length === 0) return without
    const world = { cwd: tmpdir(), taskStartedAt: Date.now() }
    const trial = makeTrial({ hosts: places, source: { name, module } })
    const plays = exemplary.flatMap((tool) => playsOf(tool, world))
    const report = yield* trial.play(new Map(), plays, { patience })
    yield* Effect.promise(trial.close)
    if (!report.loaded)
      return [...without, hint("examples", `cannot be tried: sealed off, it does not load: ${report.failure.said}`)]
    const outcomes = [...report.outcomes]
    return [...without, ...exemplary.map((tool) => held(tool, outcomes.splice(0, tool.examples?.length ?? 0)))]
  })

const held = (
  { name, examples = [] }: ToolManifest,
  outcomes: ReadonlyArray<Parameters<typeof flawOf>[1]>
): Finding => {
  const flaws = examples.flatMap((example, n) => {
    const outcome = outcomes[n]
    const flaw = outcome === undefined ? "was not tried" : flawOf(example, outcome)
    return flaw === undefined ? [] : [`example ${n + 1}: ${flaw}`]
  })
  const [one] = examples
  if (flaws.length > 0 || one === undefined) return wrong(`tool ${name}`, flaws.join("; "))
  return fine(`tool ${name}`, examples.length === 1 ? "its example holds" : `its ${examples.length} examples hold`)
}

const misspelt = (module: string): ReadonlyArray<Finding> => {
  const code = codeOf({ module })
  return code
    .files()
    .flatMap((path) =>
      misspeltHooks(code.read(path) ?? "").map(({ name, meant, line }) =>
        wrong(
          `hook ${name}`,
          `is none (${relative(code.root, path)}:${line}), so it is never called; is ${meant} meant?`
        )
      )
    )
}

/** Whoever may change its files decides what runs in its name. */
const exposed = (module: string): ReadonlyArray<Finding> => {
  const { root, files } = codeOf({ module })
  const open = [root, ...files()].filter((path) => process.platform !== "win32" && (statSync(path).mode & 0o002) !== 0)
  const [first] = open
  if (first === undefined) return []
  const more = open.length > 1 ? `, and ${open.length - 1} more` : ""
  return [wrong("permissions", `everybody on this machine may change ${first}${more}; run: chmod -R o-w ${root}`)]
}

/** Its own zod counts before ours. */
const oldZod = (module: string): ReadonlyArray<Finding> => {
  try {
    const path = createRequire(module).resolve("zod/package.json")
    const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version?: unknown }
    return Number.parseInt(String(version), 10) >= 4
      ? []
      : [
          hint(
            "zod",
            `it brings zod ${String(version)}, whose schemas cannot say themselves as JSON Schema; without it, it gets zod 4`
          )
        ]
  } catch {
    return []
  }
}
