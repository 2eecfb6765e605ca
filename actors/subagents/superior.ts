/** What subagents have from the session that they work for, and what they tell it. */
import type { AgentContext } from "../../machines/agent-context.ts"
import type { AgentEvent, Limits } from "../../machines/events.ts"
import type { Mode, Narrowing } from "../../plugins/permission.ts"
import type { Journal, SessionInfo } from "../journal.ts"
import type { Session } from "../session-host.ts"
import type { Purse } from "./purse.ts"

/** What a subagent's session has from the one that it works for. */
export interface Heritage {
  /** Name of the one whose part it plays. */
  readonly agent: string | undefined
  /** The user's own session has level 1. */
  readonly level: number
  readonly permissions: Mode
  /** Rules that "always" has added there by now: what is asked once is not asked again in its name. */
  readonly allowed: () => ReadonlyArray<string>
  /** What skills that were followed when it was begun leave permitted, for as long as it works. */
  readonly only: ReadonlyArray<Narrowing>
  readonly maxTurns: number
  /** What was left of its own when this one was begun. */
  readonly limits: Limits
  /** That of the user's own session. */
  readonly purse: Purse
  readonly mayUse: (tool: string) => boolean
  /** For its system prompt. */
  readonly instructions: string
}

/** How a subagent's session is opened. */
export interface ChildOpening {
  readonly info: SessionInfo
  readonly model: string
  readonly unattended: boolean
  readonly heritage: Heritage
}

export interface SubagentsParts {
  /** Of the session that starts them. */
  readonly session: string
  readonly level: number
  readonly cwd: string
  readonly unattended: boolean
  /** Rules that it has from the one that it works for itself. */
  readonly inherited: () => ReadonlyArray<string>
  readonly only: ReadonlyArray<Narrowing>
  readonly purse: Purse
  readonly journal: Pick<Journal, "create">
  /** Names of the tools that there are. */
  readonly tools: () => Iterable<string>
  readonly open: (opening: ChildOpening) => Promise<Session>
}

/** The agent of the session, as its subagents know it. */
export interface Superior {
  /** Durable when it returns, as any event; kept while the agent is begun anew. */
  readonly tell: (event: AgentEvent) => void
  /** `undefined` while it is begun anew. */
  readonly context: () => AgentContext | undefined
}
