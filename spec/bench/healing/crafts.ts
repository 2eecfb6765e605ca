/** What the strategies cost that prove nothing: wrap, stub, patch, and an install from npm's cache. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { codeOf } from "../../../actors/healing/code.ts"
import { diagnose, type Failure } from "../../../healing/failure.ts"
import type { HookContract } from "../../../healing/hook.ts"
import { install } from "../../../healing/install.ts"
import { patch } from "../../../healing/patch.ts"
import type { Patient } from "../../../healing/patient.ts"
import type { Strategy } from "../../../healing/strategy.ts"
import { stub } from "../../../healing/stub.ts"
import { wrap } from "../../../healing/wrap.ts"
import { writeFolder } from "../../healing/corpus/quick.ts"
import {
  bench as installBench,
  needs,
  notFound,
  now,
  patient as lacking,
  plugin,
  published
} from "../../healing/install/registry.ts"
import { type Figure, median } from "../bench.ts"

const hook: HookContract = { name: "systemPrompt", kind: "source", required: false, neutral: () => "" }

const missingHook: Failure = {
  ...diagnose(new TypeError("the plugin has no hook systemPrompt")),
  kind: "missing_hook",
  property: "systemPrompt"
}

const source = `export default class Words {
  name = "words"
  tools = [{ name: "count", description: "Count.", risk: "read", input: { type: "object" }, execute: () => this.count() }]
  count() {
    for (const word of this.words) if (word === "") return "none"
    this.words.push("one")
    return String(this.words.length)
  }
}
`

/** Milliseconds of one use; the first, which loads what it needs, is dropped. @throws Error when it does not heal. */
const timed = async (strategy: Strategy, patient: Patient, runs: number): Promise<number> => {
  const took: Array<number> = []
  for (let run = 0; run <= runs; run++) {
    const begun = performance.now()
    await Effect.runPromise(strategy.mend(patient))
    took.push(performance.now() - begun)
  }
  return median(took.slice(1))
}

const patchPatient = (folder: string): Patient => {
  writeFolder(folder, { "index.js": source, "package.json": '{"type":"module","kintsugi":{"plugin":"./index.js"}}' })
  const module = join(folder, "index.js")
  const error = new TypeError("this.words is not iterable")
  error.stack = `TypeError: this.words is not iterable\n    at Words.count (file://${module}:5:29)\n    at Object.execute (file://${module}:3:113)`
  return { plugin: "words", tool: "count", failure: diagnose(error), code: codeOf({ module }), recorded: [] }
}

const installTimes = async (runs: number): Promise<number> => {
  const ours = await installBench(() => [published("left-pad", "1.3.0")])
  try {
    const took: Array<number> = []
    for (let run = 0; run <= Math.min(3, runs); run++) {
      const home = join(ours.folder, `run${run}`)
      const code = plugin(join(home, "plugin"), needs(["left-pad"], { "left-pad": "^1.0.0" }))
      const options = { packages: join(home, "packages"), mode: "declared", env: ours.env, now: () => now } as const
      const begun = performance.now()
      await Effect.runPromise(install(options).mend(lacking(code, notFound("left-pad"))))
      took.push(performance.now() - begun)
    }
    return median(took.slice(1))
  } finally {
    await ours.end()
  }
}

export const craftFigures = async (runs: number): Promise<ReadonlyArray<Figure>> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-crafts-")))
  try {
    const failed = diagnose(new Error("it broke"))
    const common = { plugin: "words", hook, recorded: [] }
    return [
      {
        what: "wrap",
        unit: "ms",
        ours: await timed(wrap, { ...common, failure: failed }, runs * 20),
        aim: { of: "value", most: 1 }
      },
      {
        what: "stub",
        unit: "ms",
        ours: await timed(stub, { ...common, failure: missingHook }, runs * 20),
        aim: { of: "value", most: 1 }
      },
      {
        what: "patch",
        unit: "ms",
        ours: await timed(patch, patchPatient(folder), runs),
        aim: { of: "value", most: 50 }
      },
      {
        what: "install, from npm's cache",
        unit: "ms",
        ours: await installTimes(runs),
        aim: { of: "value", most: 3000 }
      }
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
