/** Whoever works for one session: each begun with a session and a time of its own, and all of them ended with it. */
import { readFileSync } from "node:fs"
import type { AgentContext } from "../../machines/agent-context.ts"
import { left } from "../../machines/spending.ts"
import { type AgentTask, PortError } from "../../plugins/ports.ts"
import { JournalError, type SessionInfo } from "../journal.ts"
import type { Order } from "../tool/order.ts"
import { type Asked, checked } from "./asked.ts"
import { type Errand, runErrand } from "./errand.ts"
import { narrowingOf, partOf, usable } from "./part.ts"
import type { Ended } from "./result.ts"
import { type Stopper, stopper } from "./stopper.ts"
import type { Heritage, SubagentsParts, Superior } from "./superior.ts"

/** Nobody below it starts agents: a task that is handed on and on is done by nobody. */
const lastLevel = 3

const instructions = readFileSync(new URL("./prompt.md", import.meta.url), "utf8").trim()

/** One that has a session, and whose time passes. */
export interface Hired {
  readonly info: SessionInfo
  readonly asked: Asked
  readonly stopper: Stopper
  /** Sets it to work. Never rejects. */
  readonly work: (how: Pick<Errand, "watch"> & { readonly unattended: boolean }) => Promise<Ended>
}

export interface Crew {
  /** @throws PortError while there is nobody who could hear of the end of one. */
  readonly superior: () => { readonly tell: Superior["tell"]; readonly context: AgentContext }
  /** @throws PortError when the task is none, or none may be given. */
  readonly hire: (task: AgentTask, order: Order | undefined, callers: ReadonlyArray<AbortSignal | undefined>) => Hired
  /** Nobody is hired any more, and all stop. Resolves when all their sessions are closed. */
  readonly close: () => Promise<void>
}

export const crew = (parts: SubagentsParts, superiorNow: () => Superior | undefined): Crew => {
  const { session, level, cwd, journal } = parts
  const hired = new Set<Stopper>()
  const working = new Set<Promise<unknown>>()
  const closings = new Set<Promise<unknown>>()
  let isClosed = false

  const superior: Crew["superior"] = () => {
    const one = superiorNow()
    const context = one?.context()
    if (isClosed || one === undefined || context === undefined)
      throw new PortError("execution_error", "this session is closing or being begun anew: it starts no agents now")
    return { tell: one.tell, context }
  }

  const hire: Crew["hire"] = (task, order, callers) => {
    if (level >= lastLevel)
      throw new PortError("permission_denied", "an agent that works for a subagent starts no others; do it yourself")
    const { context } = superior()
    const asked = checked(task, parts.tools())
    const model = asked.model ?? context.model
    const heritage = heritageOf(asked, parts, order, context)
    const info = created(() => journal.create({ cwd, model, parent: { session, kind: "task" } }))
    const time = stopper(
      asked.time,
      callers.filter((signal) => signal !== undefined)
    )
    hired.add(time)
    let leave = () => {}
    const work: Hired["work"] = ({ watch, unattended }) => {
      const open = async () => {
        const isAlone = unattended || asked.agent?.permissionMode === "dontAsk"
        const opened = await parts.open({ info, model, unattended: isAlone, heritage })
        leave = parts.purse.join(() => opened.view().spent)
        return opened
      }
      const closing = (closed: Promise<void>) => kept(closings, closed)
      const errand = { session: info.id, prompt: asked.prompt, open, stopper: time, watch, closing }
      return kept(working, runErrand(errand)).finally(() => {
        hired.delete(time)
        leave()
      })
    }
    return { info, asked, stopper: time, work }
  }

  return {
    superior,
    hire,
    close: async () => {
      isClosed = true
      for (const one of hired) one.stop("closing")
      await Promise.all(working)
      await Promise.all(closings)
    }
  }
}

/** That the disk refuses is no fault of the tool that asks for an agent. @throws PortError */
const created = (create: () => SessionInfo): SessionInfo => {
  try {
    return create()
  } catch (error) {
    if (error instanceof JournalError) throw new PortError("execution_error", error.message, { cause: error })
    throw error
  }
}

/** In the set until it is over. */
const kept = <A>(all: Set<Promise<unknown>>, one: Promise<A>): Promise<A> => {
  all.add(one)
  void one.then(() => all.delete(one))
  return one
}

/** What it may do is what the call that asks for it might; without a call, what the session might. */
const heritageOf = (
  asked: Asked,
  { level: above, inherited, purse, only: before, tools }: SubagentsParts,
  order: Order | undefined,
  context: AgentContext
): Heritage => {
  const { agent, maxTurns } = asked
  const level = above + 1
  const { permissions: mode, allowed: said, turn } = context
  const { mode: permissions, allowed, only } = order?.batch ?? { mode, allowed: said, only: turn.only ?? [] }
  const limits = left(context.limits, context.spent)
  const rules = () => [...inherited(), ...allowed]
  return {
    agent: agent?.name,
    level,
    permissions: agent?.permissionMode === "plan" ? "plan" : permissions,
    allowed: rules,
    only: [...before, ...only, ...narrowingOf(agent)],
    maxTurns,
    limits,
    purse,
    instructions: agent === undefined ? instructions : `${instructions}\n\n${partOf(agent)}`,
    mayUse: usable(asked, [...tools()], level < lastLevel)
  }
}
