/**
 * A plugin over its lives: starting → running → restarting → running | quarantined.
 *
 * Pure: its supervisor reports what happened, and calls pass, wait or are refused by the state it is in.
 */
import { assign, emit, setup } from "xstate"
import type { PluginNews } from "./events.ts"

export type PluginEvent =
  | { readonly type: "plugin.started" }
  /** Its code failed; it will be started again. */
  | { readonly type: "plugin.failed"; readonly reason: string }
  /** It goes on with something missing: a hook that crashed, an error that nobody caught. */
  | { readonly type: "plugin.degraded"; readonly reason: string }
  /** It failed more often than is borne. */
  | { readonly type: "plugin.quarantined"; readonly reason: string }
  /** The user gave it another chance. */
  | { readonly type: "plugin.revived" }

export interface PluginContext {
  readonly name: string
  /** What is missing or why it does not run, in one line; empty when all is well. */
  readonly reason: string
}

export const pluginMachine = setup({
  types: {
    context: {} as PluginContext,
    events: {} as PluginEvent,
    emitted: {} as { readonly type: "plugin.changed" } & PluginNews,
    input: {} as { readonly name: string }
  },
  guards: { isFlawed: ({ context }) => context.reason !== "" },
  actions: {
    note: assign({ reason: (_, { reason }: { reason: string }) => reason }),
    forget: assign({ reason: "" }),
    tell: emit(({ context }, { state, reason }: Pick<PluginNews, "state" | "reason">) => ({
      type: "plugin.changed",
      plugin: context.name,
      state,
      reason
    }))
  }
}).createMachine({
  id: "plugin",
  context: ({ input }) => ({ ...input, reason: "" }),
  on: {
    "plugin.quarantined": {
      target: ".quarantined",
      actions: [
        { type: "note", params: ({ event }) => event },
        { type: "tell", params: ({ event }) => ({ state: "quarantined", reason: event.reason }) }
      ]
    }
  },
  initial: "starting",
  states: {
    starting: {
      on: {
        "plugin.started": [{ guard: "isFlawed", target: "running.degraded" }, { target: "running" }],
        /** What needs no start may be asked before it, and may fail. */
        "plugin.degraded": {
          actions: [
            { type: "note", params: ({ event }) => event },
            { type: "tell", params: ({ event }) => ({ state: "degraded", reason: event.reason }) }
          ]
        },
        "plugin.failed": {
          target: "restarting",
          actions: [
            { type: "note", params: ({ event }) => event },
            { type: "tell", params: ({ event }) => ({ state: "degraded", reason: event.reason }) }
          ]
        }
      }
    },
    running: {
      initial: "healthy",
      on: {
        /** Its code was exchanged while it ran. */
        "plugin.started": ".healthy",
        "plugin.failed": {
          target: "restarting",
          actions: [
            { type: "note", params: ({ event }) => event },
            { type: "tell", params: ({ event }) => ({ state: "degraded", reason: event.reason }) }
          ]
        },
        "plugin.degraded": {
          target: ".degraded",
          actions: [
            { type: "note", params: ({ event }) => event },
            { type: "tell", params: ({ event }) => ({ state: "degraded", reason: event.reason }) }
          ]
        }
      },
      states: { healthy: { entry: "forget" }, degraded: {} }
    },
    restarting: {
      on: {
        "plugin.started": {
          target: "running",
          actions: { type: "tell", params: { state: "healthy", reason: "it runs again" } }
        },
        "plugin.failed": { actions: { type: "note", params: ({ event }) => event } }
      }
    },
    quarantined: {
      on: {
        "plugin.quarantined": {},
        "plugin.revived": { target: "starting", actions: "forget" }
      }
    }
  }
})
