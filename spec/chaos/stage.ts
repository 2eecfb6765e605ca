/** Everything a run needs, opened in a folder of its own and closed again whatever happens. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRuntime, type Runtime } from "../../actors/runtime.ts"
import { within } from "../../plugins/ports/within.ts"
import { bundlePlugins } from "./bundle.ts"
import { planOf, type Plan, type ToolFault } from "./faults.ts"
import { type Injector, type InjectorParts, makeInjector } from "./injector.ts"
import { maxRetries } from "./oracle.ts"
import { pidOf, PluginWatch } from "./plugin-watch.ts"
import { nearPlugins } from "./plugins/near.ts"
import { makeScript, type Script, usualLimit } from "./script.ts"
import { Complaints, Tally } from "./tally.ts"
import { openTransport, type Transport, type TransportOptions } from "./transport.ts"
import type { User } from "./user.ts"

/** Calls made until the first fault that code without any protection does not survive. */
export interface Toll {
  calls: number
  healthy: number
  /** As they were when it came; absent while none has come. */
  dead: { readonly calls: number; readonly healthy: number } | undefined
}

export interface Stage {
  readonly plan: Plan
  readonly cwd: string
  readonly runtime: Runtime
  readonly transport: Transport
  readonly script: Script
  readonly injector: Injector
  readonly watch: PluginWatch
  readonly toll: Toll
  readonly sessions: Tally
  readonly unlike: Complaints
  /** Those who work now; faults of the user meet one after another. */
  users: ReadonlyArray<User>
  /** Ends the runtime, its sessions and the model's server. @returns whether they ended within their time. */
  readonly close: () => Promise<boolean>
  readonly remove: () => void
}

export interface StageOptions {
  readonly seed: number
  readonly seconds: number
  readonly rate: number
}

/** Faults with which nothing ends in a process that protects itself in no way. */
const harmless: ReadonlySet<string> = new Set([
  "prototype_pollution",
  "patched_json_parse",
  "chdir",
  "env_write",
  "never_settles"
])

const settingsFor = (url: string): Parameters<typeof createRuntime>[0] => ({
  env: { PATH: process.env.PATH },
  settings: {
    llm: {
      model: "openai-compatible/chaos",
      base_url: url,
      api_key: "none",
      idle_timeout: 3,
      timeout: 60,
      max_retries: maxRetries
    },
    permissions: { mode: "auto" },
    tools: { timeout: usualLimit / 1000 },
    // So that at ten faults a second a plugin is quarantined now and then, and works in between.
    healing: { tool_restarts: { max: 3, seconds: 5 }, plugin_restarts: { max: 6, seconds: 15 } }
  }
})

/** Milliseconds. */
const closingTime = 30_000

export const openStage = async ({ seed, seconds, rate }: StageOptions): Promise<Stage> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-chaos-")))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  // Also when this process dies of an error that nobody caught.
  process.on("exit", remove)
  const cwd = join(folder, "work")
  mkdirSync(cwd)
  const plan = planOf(seed, Math.ceil(seconds * rate))
  const toll: Toll = { calls: 0, healthy: 0, dead: undefined }
  const injector = makeInjector({
    faults: plan.faults,
    rate,
    signal: ({ signal, plugin }) => strike(pidOf(runtime.health(), plugin), signal),
    user: turnByTurn(() => stage.users)
  })
  const script = makeScript({
    works: plan.works,
    takeFaults: injector.takeFaults,
    onCall: ({ fault, isHealthy }) => count(toll, fault, isHealthy)
  })
  const transport = await openTransport({ reply: script.reply, fault: wireFaults(injector, script) })
  const watch: PluginWatch = new PluginWatch(() => runtime)
  const runtime: Runtime = await createRuntime({
    ...settingsFor(transport.url),
    cwd,
    data: join(folder, "data"),
    plugins: [...(await bundlePlugins(join(folder, "plugins"))), ...nearPlugins()],
    observe: (event) => watch.observe(event)
  })
  const stage: Stage = {
    plan,
    cwd,
    runtime,
    transport,
    script,
    injector,
    watch,
    toll,
    sessions: new Tally(),
    unlike: new Complaints(),
    users: [],
    close: closer({ injector, watch, runtime, transport }),
    remove
  }
  return stage
}

/** Users in their order, and the next one who is at work. */
const turnByTurn = (all: () => ReadonlyArray<User>): InjectorParts["user"] => {
  let asked = 0
  return ({ does }) => {
    const users = all()
    const from = asked++ % Math.max(1, users.length)
    return [...users.slice(from), ...users.slice(0, from)].some((user) =>
      does === "cancels" ? user.cancel() : user.resume()
    )
  }
}

/** Written down with the turn whose request it is. */
const wireFaults =
  (injector: Injector, script: Script): TransportOptions["fault"] =>
  (turn, round) => {
    const fault = injector.takeWireFault()
    const failed = script.turn(turn)?.wireFaults
    if (fault !== undefined) failed?.set(round, (failed.get(round) ?? 0) + 1)
    return fault
  }

const closer = ({
  injector,
  watch,
  runtime,
  transport
}: Pick<Stage, "injector" | "watch" | "runtime" | "transport">): Stage["close"] => {
  const close = async () => {
    injector.stop()
    watch.stop()
    const isClosed = await within(runtime.close(), closingTime)
    await transport.close()
    return isClosed
  }
  let closing: Promise<boolean> | undefined
  return () => (closing ??= close())
}

const strike = (pid: number | undefined, signal: NodeJS.Signals): boolean => {
  if (pid === undefined) return false
  try {
    return process.kill(pid, signal)
  } catch {
    // It has just ended by itself.
    return false
  }
}

const isFatal = (fault: ToolFault): boolean => !harmless.has(fault.type === "counter" ? fault.after : fault.fault)

const count = (toll: Toll, fault: ToolFault | undefined, isHealthy: boolean): void => {
  if (fault !== undefined && isFatal(fault)) toll.dead ??= { calls: toll.calls, healthy: toll.healthy }
  toll.calls++
  if (isHealthy) toll.healthy++
}
