/** A whole tool call as the agent makes it: lane, checks, permission, breaker and bulkhead around the tool's own code. */
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { healingHome, openDesk } from "../../../actors/healing/desk.ts"
import { pluginHealer } from "../../../actors/healing/plugin-healer.ts"
import { pluginShelf } from "../../../actors/plugin/shelf.ts"
import { foretold } from "../../../actors/plugin/manifest-cache.ts"
import { roster } from "../../../actors/plugin/sources.ts"
import { switches } from "../../../actors/plugin/switches.ts"
import { withDefaults } from "../../../actors/settings.ts"
import type { Batch as Calls, Workplace } from "../../../actors/tool/order.ts"
import { plantTree } from "../../../actors/tree.ts"
import { exec } from "../../../plugins/ports/exec.ts"
import { files } from "../../../plugins/ports/files.ts"
import type { Plugin } from "../../../plugins/plugin.ts"
import healthy, { double } from "../../actors/hosts/healthy.ts"
import { contextWith } from "../../actors/hosts/containment-place.ts"
import type { Figure } from "../bench.ts"
import { awaited, latencyFigures, type Spread, spreadOf, yielded } from "./samples.ts"
import { absentAgents, absentStores } from "../../../plugins/ports/absent.ts"
import { hookBus } from "../../../actors/plugin/hook-bus.ts"

const calls = 2000
const cwd = tmpdir()

const workplace = (): Workplace => ({
  cwd,
  files: files({ cwd, allowed: [cwd], blocked: [], readable: [] }),
  exec: exec({ cwd, env: {}, outputLimit: 1000, spillFolder: cwd }),
  log: () => {},
  timeout: 120_000,
  outputLimit: 50_000,
  rules: { allow: [], ask: [], deny: [] },
  hooks: hookBus(() => []),
  session: "",
  storesOf: () => absentStores,
  agentsOf: () => absentAgents,
  unattended: true
})

const through = async (what: string, plugin: Plugin | string, runs: number, floor: Spread) => {
  const settings = withDefaults({})
  const all = roster({ cwd, settings, builtins: [], given: [plugin], found: [] })
  const modules = all.placed.flatMap(({ source }) => ("module" in source ? [source.module] : []))
  const tree = await plantTree({ cwd, modules, log: () => {} }, () => {})
  const { hosts, healers } = tree
  const healing = {
    settings: settings.healing,
    cwd,
    env: {},
    home: healingHome(undefined),
    propose: undefined,
    log: () => {}
  }
  const desk = openDesk({ ...healing, hosts, healers })
  const care = async () => ({ healer: pluginHealer, cache: undefined, foretold })
  const look = () => all
  const shelf = await pluginShelf({
    tree,
    first: all,
    look,
    cwd,
    settings,
    switches: switches(settings.plugins),
    desk,
    flags: {},
    care,
    inspect: undefined
  })
  await shelf.begun()
  const offered = shelf.offered().get(double.name)
  if (offered === undefined) throw new Error(`${double.name} is not offered`)
  const batch: Calls = {
    workplace: workplace(),
    taskStartedAt: 0,
    mode: "auto",
    allowed: [],
    only: [],
    questions: new Map(),
    report: () => {}
  }
  const ask = (n: number) =>
    offered.settle({ call: { type: "call", id: `c${n}`, name: double.name, input: { n } }, batch })
  const [first] = await Effect.runPromise(Effect.all([ask(21)]))
  if (!first.answer.success) throw new Error(String(first.answer.error))
  const ours = await spreadOf(yielded(ask), { runs, calls })
  await tree.close()
  return latencyFigures(what, ours, { floor })
}

export const figures = async (runs: number): Promise<ReadonlyArray<Figure>> => {
  const context = contextWith(new AbortController().signal)
  const floor = await spreadOf(
    awaited((n) => double.execute({ n }, context)),
    { runs, calls }
  )
  const module = fileURLToPath(new URL("../../actors/hosts/healthy.ts", import.meta.url))
  return [
    ...(await through("whole tool call, in process", healthy, runs, floor)),
    ...(await through("whole tool call, child", module, runs, floor))
  ]
}
