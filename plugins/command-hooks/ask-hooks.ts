/** All hooks of one event asked at once, and what they say put together. */
import type { CommandHook, CommandHookEvent, HookProblem } from "../command-hooks.ts"
import type { Fields } from "./fields.ts"
import { type Call, matched, mayConcern } from "./match.ts"
import { guardEvents, hasMatcher } from "./read-hooks.ts"
import type { HookOrder, HookRun } from "./run-hook.ts"
import { cut, type Verdict, verdictOf } from "./verdict.ts"

/** What hooks are asked about. */
export interface Occasion {
  readonly event: CommandHookEvent
  /** What a matcher is held against, the first being the one that is told unless another one matches; none: there is only one kind. */
  readonly names: ReadonlyArray<string>
  /** Of events about calls. */
  readonly call?: Call
  /** What the command reads, apart from what all do; of a call under the name that matched. */
  readonly input: (name: string | undefined) => Fields
}

export interface Said {
  readonly hook: CommandHook
  readonly verdict: Verdict
}

/** Runs one, in its place and environment. */
export type RunHook = (order: Pick<HookOrder, "input" | "time"> & { readonly hook: CommandHook }) => Promise<HookRun>

interface Chosen {
  readonly hook: CommandHook
  readonly name?: string | undefined
  /** Whether it is for this cannot be told. */
  readonly failure?: string
}

/** What each says that the occasion is for, in their order. Those in the background say nothing. Never rejects. */
export const askHooks = async (
  hooks: ReadonlyArray<CommandHook>,
  occasion: Occasion,
  run: RunHook
): Promise<ReadonlyArray<Said>> => {
  const chosen = await choose(hooks, occasion)
  return Promise.all(chosen.map((one) => ask(one, occasion, run)))
}

const ask = async ({ hook, name, failure }: Chosen, { event, input }: Occasion, run: RunHook): Promise<Said> => {
  if (failure !== undefined) return { hook, verdict: failed(event, failure) }
  const running = run({ hook, input: `${JSON.stringify(input(name))}\n`, time: hook.timeout * 1000 })
  if (hook.background === true) {
    running.catch(() => {})
    return { hook, verdict: {} }
  }
  try {
    return { hook, verdict: verdictOf(event, await running) }
  } catch (error) {
    return { hook, verdict: failed(event, error instanceof Error ? error.message : String(error)) }
  }
}

const failed = (event: CommandHookEvent, failure: string): Verdict =>
  guardEvents.includes(event) ? { failure, deny: failure } : { failure }

/** The same command is run once, whoever wrote it down. */
export const choose = async (hooks: ReadonlyArray<CommandHook>, occasion: Occasion): Promise<ReadonlyArray<Chosen>> => {
  const { event, names, call } = occasion
  const chosen = new Map<string, Chosen>()
  for (const hook of hooks.filter((one) => one.event === event)) {
    const key = JSON.stringify([hook.command, hook.args, hook.source.folder])
    if (chosen.has(key)) continue
    try {
      const name = hasMatcher(event) ? matched(hook.matcher, names) : names[0]
      if (name === undefined && hasMatcher(event)) continue
      if (hook.condition !== undefined && call !== undefined && !(await mayConcern(hook.condition, call))) continue
      chosen.set(key, { hook, name })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      chosen.set(key, {
        hook,
        failure: `its matcher ${JSON.stringify(cut(hook.matcher, 100))} cannot be asked: ${why}`
      })
    }
  }
  return [...chosen.values()]
}

/** Why nobody can tell what a guard would have said that stands in a file nobody can read. */
export const refusedBy = (
  problems: ReadonlyArray<HookProblem>,
  { event, names }: Pick<Occasion, "event" | "names">
): HookProblem | undefined =>
  problems.find(({ guards, source, event: about, matcher }) => {
    if (!guards || !source.trusted || (about !== undefined && about !== event)) return false
    if (matcher === undefined || !hasMatcher(event)) return true
    try {
      return matched(matcher, names) !== undefined
    } catch {
      return true
    }
  })

/** The first that there is, by strictness: no, ask, yes. */
export const strictest = (said: ReadonlyArray<Said>): Said | undefined =>
  (["deny", "ask", "allow"] as const).flatMap((word) => said.filter(({ verdict }) => verdict[word] !== undefined))[0]

/** For people and models: which hook it is. */
export const nameOf = ({ event, command, args = [], source }: CommandHook): string => {
  const whose = source.name === undefined ? "" : ` (${source.kind} ${source.name})`
  return `the ${event} hook \`${cut([command, ...args].join(" ").replace(/\s+/g, " "), 120)}\` of ${source.path}${whose}`
}
