/** The lives of a plugin in its slot: its actor, made when somebody needs it, in the tree and out of it again. */
import * as Effect from "effect/Effect"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { Host } from "../hosts/host.ts"
import { type PluginActor, pluginActor, type PluginParts } from "../plugin.ts"
import { contained } from "../tool/attempt.ts"
import type { Settled } from "../tool/order.ts"
import { callCount } from "./call-count.ts"
import { noted } from "./hook-failed.ts"
import { healerFor, keeping } from "./slot-code.ts"
import type { Slot, SlotParts } from "./slot-parts.ts"
import type { PlacedPlugin } from "./sources.ts"
import { declaredHooks } from "./stubs.ts"

export interface LifeParts {
  readonly placed: PlacedPlugin
  /** What it brings before its code was ever loaded. */
  readonly known: Plugin | undefined
  readonly parts: SlotParts
  /** Why it may not be loaded, in a sentence. */
  readonly obstacle: () => string | undefined
  readonly slot: () => Slot
}

export interface SlotLife extends Pick<Slot, "actor" | "made" | "begin" | "begun" | "running" | "settle" | "end"> {
  /** What it required when it was not admitted. */
  readonly refused: () => ReadonlyArray<string> | undefined
  /** Hooks that its package promised when its code was loaded last. */
  readonly declared: () => ReadonlyArray<string>
}

/** Milliseconds in which calls under way may end before their plugin is stopped. */
const patience = 5000

export const slotLife = (given: LifeParts): SlotLife => {
  const { placed, parts, obstacle } = given
  const { name } = placed
  const { tree } = parts
  const calls = callCount()
  let made: PluginActor | undefined
  let isBegun = false
  let refused: ReadonlyArray<string> | undefined
  let { declared } = placed

  const admit = admission(given, {
    isRunning: () => made?.host() !== undefined,
    refuse: (requires) => void (refused = requires)
  })
  const open: PluginParts["open"] = (source) => {
    if ("module" in source) declared = declaredHooks(source.module)
    return tree.hosts.open(placed.place, source)
  }
  const actor = () => (made ??= actorIn(given, { admit, open, declared: () => declared }))
  const begin = Effect.suspend(() => {
    if (isBegun || obstacle() !== undefined) return Effect.void
    isBegun = true
    const starting = Effect.suspend(() =>
      obstacle() === undefined ? Effect.ignore(tree.plugins.startChild(actor().child)) : Effect.void
    )
    const leaving = parts.after()
    return Effect.uninterruptible(
      leaving === undefined
        ? starting
        : Effect.andThen(
            Effect.promise(() => leaving),
            starting
          )
    )
  })
  const refusal = () => {
    const why = obstacle()
    return why === undefined ? undefined : contained(`plugin ${name} is not loaded: ${why}`)
  }
  return {
    actor,
    made: () => made,
    refused: () => refused,
    declared: () => declared,
    begin,
    begun: Effect.suspend(() => (obstacle() === undefined ? Effect.andThen(begin, actor().begun) : Effect.void)),
    running: Effect.suspend(() => {
      const no = refusal()
      return no === undefined
        ? Effect.andThen(Effect.andThen(begin, actor().running), hostOf(name, actor))
        : Effect.fail(no)
    }),
    settle: (order) =>
      calls.counted(
        Effect.suspend(() => {
          const no = refusal()
          if (no !== undefined) return Effect.succeed<Settled>({ answer: no, final: false })
          return Effect.flatMap(begin, () => actor().settle(order))
        })
      ),
    end: async (why) => {
      if (made === undefined) return
      await calls.quiet(patience)
      made.retire(why)
      await Effect.runPromise(Effect.ignore(tree.plugins.stopChild(name)))
      await Effect.runPromise(Effect.ignore(tree.plugins.deleteChild(name)))
      made = undefined
      isBegun = false
    }
  }
}

/** What it requires comes first; one that may not be started for it is stopped, and what it asked for is remembered. */
const admission = (
  { parts, slot }: LifeParts,
  life: { readonly isRunning: () => boolean; readonly refuse: (requires: ReadonlyArray<string> | undefined) => void }
): PluginParts["admit"] => {
  return (requires) =>
    parts.admit(slot(), requires).pipe(
      Effect.tap(() => Effect.sync(() => life.refuse(undefined))),
      Effect.tapError(() =>
        Effect.sync(() => {
          // The version that runs goes on.
          if (life.isRunning()) return
          life.refuse(requires)
          parts.onBarred()
        })
      )
    )
}

const actorIn = (
  { placed: { name, source }, known, parts, slot }: LifeParts,
  { admit, open, declared }: Pick<PluginParts, "admit" | "open" | "declared">
): PluginActor => {
  const { settings, desk, care } = parts
  return pluginActor({
    name,
    known,
    source,
    open: keeping(open, care?.cache),
    declared,
    onStubbed: (stub) => noted(desk, { plugin: name, ...stub }),
    admit,
    onStarted: () => parts.onStarted(slot()),
    healerOf: "module" in source ? healerFor(source.module, desk, care?.healer) : undefined,
    cwd: parts.cwd,
    flags: parts.flags,
    budgets: { tool: settings.healing.tool_restarts, plugin: settings.healing.plugin_restarts },
    onNews: parts.onNews,
    inspect: parts.inspect
  })
}

const hostOf = (name: string, actor: () => PluginActor): Effect.Effect<Host, Answer> =>
  Effect.suspend(() => {
    const host = actor().host()
    if (host !== undefined) return Effect.succeed(host)
    return Effect.fail(contained(`plugin ${name} is being started anew; try it later`))
  })
