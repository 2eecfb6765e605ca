/** What a lane is asked, what it answers, and what it works with meanwhile. */
import type * as Effect from "effect/Effect"
import type { InspectionEvent } from "xstate"
import type { Failure } from "../../healing/failure.ts"
import type { TapedCall } from "../../healing/tape.ts"
import type { ToolCall } from "../../llm/message.ts"
import type { AgentEvent } from "../../machines/events.ts"
import type { Healer } from "../healing/healer.ts"
import type { GuardWord } from "./guard-word.ts"
import type { CallTime } from "./time.ts"
import type { ToolEvent } from "../../machines/tool.ts"
import type { HookBus } from "../plugin/hook-bus.ts"
import type { Mode, Narrowing, Policy } from "../../plugins/permission.ts"
import type { Agents, Exec, Files, Stores } from "../../plugins/ports.ts"
import type { Answer, Tool, ToolContext } from "../../plugins/tool.ts"

export type PermissionAnswered = Extract<AgentEvent, { type: "permission.answered" }>

/** Where the calls of one session work, and within which limits. */
export interface Workplace {
  /** Id of the session. */
  readonly session: string
  readonly cwd: string
  readonly files: Files
  readonly exec: Exec
  /** As the tools of one plugin see them. */
  readonly storesOf: (plugin: string) => Stores
  /**
   * As one call sees them: what agents below it ask is asked on behalf of the call, and its signal stops those it waits for.
   * Without a call nobody is asked.
   */
  readonly agentsOf: (order?: Order, signal?: AbortSignal) => Agents
  readonly log: (message: string) => void
  /** Milliseconds for one call that sets no time of its own. */
  readonly timeout: number
  /** Characters of one answer that the model reads. */
  readonly outputLimit: number
  readonly rules: Omit<Policy, "mode">
  readonly hooks: HookBus
  /** Nobody answers questions: what would be asked is refused. */
  readonly unattended: boolean
}

/** What the calls of one reply share. */
export interface Batch {
  readonly workplace: Workplace
  readonly taskStartedAt: number
  readonly mode: Mode
  /** Rules that "always" added; the batch adds to it as it goes. */
  readonly allowed: Array<string>
  /** What skills that are followed leave permitted; the batch adds to it as it goes. */
  readonly only: Array<Narrowing>
  /** Who waits for the user's word, by the question's id. */
  readonly questions: Map<string, (answered: PermissionAnswered) => void>
  readonly report: (event: AgentEvent) => void
}

export interface ForwardedCall extends ToolCall {
  /** Name of the tool that the model called instead, which may be refused or asked about as well. */
  readonly via?: string
  /** What guards said of that one. */
  readonly word?: GuardWord
}

export interface Order {
  readonly call: ForwardedCall
  readonly batch: Batch
}

/** One message to a lane. */
export interface TimedOrder extends Order {
  readonly time: CallTime
}

/** Its reply. */
export interface Settled {
  readonly answer: Answer
  /** The answer ends the turn. */
  readonly final: boolean
  /** As the guards left it; absent when they were not asked. */
  readonly input?: unknown
}

/** A tool as a session offers it to its model. */
export interface Offered {
  readonly tool: Tool
  /** Who brings it: its name, and what stood there under it, which is another once its code was loaded anew. */
  readonly from: { readonly plugin: string; readonly brings: unknown }
  /** Interrupting it takes the call back. */
  readonly settle: (order: Order) => Effect.Effect<Settled>
}

/** What a lane has from its plugin. */
export interface LaneParts {
  /** Name of the plugin. */
  readonly plugin: string
  /** As it was when the lane was begun. */
  readonly known: Tool
  /** As its plugin brings it now; waits, in the call's time, while the plugin is started again; fails when it is out of use. */
  readonly tool: (time: CallTime) => Effect.Effect<Tool, Answer>
  /**
   * The tool's own code within breaker and bulkhead; fails with the answer that says why it may not run now.
   *
   * @param nth Run of the call: whoever was let in once may look again, and counts once.
   */
  readonly guarded: (run: Effect.Effect<Ran>, time: CallTime, nth: number) => Effect.Effect<Ran, Answer>
  readonly inspect: ((event: InspectionEvent) => void) | undefined
  /** Of its plugin; absent where nothing can be mended. */
  readonly healer: Healer | undefined
}

/** How a tool's own code ended. */
export type Ran = Extract<ToolEvent, { type: "tool.answered" | "tool.crashed" }>

/** The call in hand. */
export interface Work extends TimedOrder {
  /** The input as the guards left it, not decoded. */
  raw: unknown
  /** As it was decoded. */
  input: unknown
  /** Its newest run, when somebody may want to play it again. */
  tape: RunTape | undefined
  /** How its newest run failed. */
  failure: Failure | undefined
}

export interface RunTape {
  /** `Healer.version` when the run began. */
  readonly version: number
  /** @param answer When it went well. */
  readonly call: (answer?: Answer) => TapedCall
}

/** @param plugin Whose tool it is. @param ask Absent: nobody can be asked now. */
export const contextFor = (
  plugin: string,
  order: Order,
  signal: AbortSignal,
  ask: ToolContext["ask"] = notNow
): ToolContext => {
  const { call, batch } = order
  const { workplace, taskStartedAt, report } = batch
  return {
    signal,
    progress: (text) => {
      if (!signal.aborted) report({ type: "tool.progressed", callId: call.id, text: String(text) })
    },
    log: (message) => workplace.log(`${call.name}: ${message}`),
    cwd: workplace.cwd,
    files: workplace.files,
    exec: workplace.exec,
    fetch,
    session: workplace.session,
    store: workplace.storesOf(plugin),
    agents: workplace.agentsOf(order, signal),
    ask,
    taskStartedAt
  }
}

const notNow: ToolContext["ask"] = async () => ({ action: "cancel", reason: "only a call that runs can ask" })
