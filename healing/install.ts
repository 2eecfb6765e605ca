/**
 * A package is missing: installed into the plugin's private folder, when the plugin's own source imports it and its own
 * manifest declares it. What an error says is only believed where it agrees with the two.
 */
import * as Effect from "effect/Effect"
import type { Code } from "./code.ts"
import { carryOut, type CarriedOut } from "./install/carry-out.ts"
import { choose } from "./install/choose.ts"
import { problemOf, type Wanted } from "./install/declared.ts"
import { type Environment, npmIn, type RunNpm, spawnNpm } from "./install/npm.ts"
import { type Plan, planFor } from "./install/plan.ts"
import { inStage } from "./install/stage.ts"
import { type Heal, NotApplicable, type Proof, RepairFailed, type Strategy } from "./strategy.ts"

export interface InstallOptions {
  /** Absolute path of a private folder of this plugin's, which need not exist; its `node_modules` is where things go. */
  readonly packages: string
  /** declared: what the manifest declares is installed, all else proposed · ask: all is proposed · never: nothing is. */
  readonly mode: "declared" | "ask" | "never"
  /** Ours; npm sees of it what it needs to reach its registry. */
  readonly env: Environment
  /** Milliseconds since the Unix epoch. Default `Date.now`. */
  readonly now?: () => number
  /** How npm is started. Default: the one on the PATH. */
  readonly run?: RunNpm
  /** Milliseconds for all that npm does. Default 60,000. */
  readonly timeout?: number
}

/** One try for each name, as long as the strategy lives. */
export const install = (options: InstallOptions): Strategy => {
  const tried = new Set<string>()
  return {
    name: "install",
    mend: ({ failure, code }) =>
      Effect.suspend((): Effect.Effect<Heal, NotApplicable | RepairFailed> => {
        const choice = choose(failure, code, options)
        if (choice.type === "none") return Effect.fail(new NotApplicable({ reason: choice.reason }))
        if (choice.type === "refused") return Effect.fail(new RepairFailed({ reason: choice.reason }))
        if (choice.type === "undeclared") return Effect.fail(proposed(choice.wanted, choice.reason))
        const again = choice.wanted.find(({ name, isExtra }) => isExtra !== true && tried.has(name))
        if (again !== undefined)
          return Effect.fail(new RepairFailed({ reason: `"${again.name}" was tried before, and is tried once` }))
        const wanted = choice.wanted.filter(({ name }) => !tried.has(name))
        for (const { name } of wanted) tried.add(name)
        return carriedOut(options, { ...choice, wanted }, options.mode === "ask" ? needsWord : () => undefined)
      })
  }
}

/**
 * What a user has agreed to, declared or not; everything else is checked as ever.
 *
 * @param wanted What a proposal's origin names behind `package `: `left-pad@1.3.0`, or several with spaces between them.
 */
export const installApproved = (
  options: InstallOptions,
  code: Pick<Code, "root">,
  wanted: string
): Effect.Effect<Heal, RepairFailed> =>
  Effect.suspend(() => {
    const pairs = wanted
      .split(/\s+/)
      .filter((text) => text !== "")
      .map(pairOf)
    const problem = pairs.map(({ name, range }) => problemOf(name, range)).find((one) => one !== undefined)
    if (problem !== undefined || pairs.length === 0)
      return Effect.fail(new RepairFailed({ reason: problem ?? "no package was named" }))
    return carriedOut(options, { code, wanted: pairs }, () => undefined)
  })

/** The version has been found out, nothing is fetched: that is the user's to say. */
const needsWord = ({ packages }: Plan): RepairFailed =>
  proposed(packages, `${listed(packages)} is declared and not installed, and installing waits for the user's word`)

const proposed = (wanted: ReadonlyArray<Wanted>, reason: string): RepairFailed =>
  new RepairFailed({ reason, proposal: heal(wanted, `install ${spoken(wanted)}: ${reason}`, []) })

interface Asked {
  readonly code: Pick<Code, "root">
  readonly wanted: ReadonlyArray<Wanted>
}

/** @param objection To what has been planned, before anything is fetched. */
const carriedOut = (
  { packages, env, run = spawnNpm, now = Date.now, timeout = 60_000 }: InstallOptions,
  { code, wanted }: Asked,
  objection: (plan: Plan) => RepairFailed | undefined
): Effect.Effect<Heal, RepairFailed> =>
  inStage(packages, (stage) =>
    Effect.gen(function* () {
      const npm = npmIn(stage, env, run)
      const plan = yield* planFor({ root: code.root, wanted, npm, now: now() })
      const refusal = objection(plan)
      if (refusal !== undefined) return yield* refusal
      return healOf(plan, yield* carryOut(plan, { stage, packages, npm }))
    })
  ).pipe(
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => Effect.fail(new RepairFailed({ reason: `npm took longer than ${timeout} ms and was stopped` }))
    })
  )

const healOf = ({ packages }: Plan, { scripts }: CarriedOut): Heal => {
  const unrun = scripts.length === 0 ? "" : `; install scripts were not run: ${scripts.join(", ")}`
  const detail = "from the registry, checksums match, no script was run"
  return heal(packages, `installed ${spoken(packages)} into the plugin's private folder${unrun}`, [
    { check: "V0", outcome: "passed", detail }
  ])
}

const heal = (packages: ReadonlyArray<Wanted>, summary: string, proof: ReadonlyArray<Proof>): Heal => ({
  strategy: "install",
  state: "provisional",
  summary,
  degraded: [],
  proof,
  remedy: { type: "reload" },
  origin: `package ${packages.map(({ name, range }) => `${name}@${range}`).join(" ")}`
})

const pairOf = (text: string): Wanted => {
  const at = text.lastIndexOf("@")
  return at <= 0 ? { name: text, range: "*" } : { name: text.slice(0, at), range: text.slice(at + 1) }
}

const listed = (wanted: ReadonlyArray<Wanted>): string => wanted.map(({ name }) => name).join(", ")

/** `left-pad 1.3.0, lodash`. */
const spoken = (wanted: ReadonlyArray<Wanted>): string =>
  wanted.map(({ name, range }) => (range === "*" ? name : `${name} ${range}`)).join(", ")
