/** Sessions as their hooks see them: which hooks each has, where they are run, and what its user is told of them. */
import type { CommandHook, CommandHookSet } from "../command-hooks.ts"
import type { Mode } from "../permission.ts"
import { refusalOf } from "./answers.ts"
import { askHooks, nameOf, type Occasion, refusedBy, type Said } from "./ask-hooks.ts"
import type { HookBook } from "./book.ts"
import type { Fields } from "./fields.ts"
import { type HookPlace, hookPlace, type HookSite } from "./hook-place.ts"
import { theirModes } from "./occasions.ts"
import { cut } from "./verdict.ts"

export interface WorkParts extends HookSite {
  readonly book: HookBook
  /** Of a session that is open. */
  readonly modeOf: (session: string) => Mode | undefined
  /** As names of tools call them. */
  readonly servers: () => ReadonlyArray<string>
  /** Tells the user of a session. */
  readonly warn: (session: string, notice: string) => void
}

/** What is known of a session from its beginning. */
export interface Opened {
  readonly model: string
  readonly resumed: boolean
  readonly parent?: string
  /** Whose part a subagent plays. */
  readonly agent?: string
}

/** A session as hooks see it. */
export interface Seat {
  readonly id: string
  parent: string | undefined
  /** Whose part it plays. */
  agent: string | undefined
  readonly model: string
  readonly place: HookPlace
  /** As it was when the session began: nobody slips one in while it works. */
  set: CommandHookSet
  /** What hooks had to say before there was a message to say it with. */
  starting: Promise<void>
  contexts: ReadonlyArray<string>
  /** By call: what the model is to know of it. */
  readonly notes: Map<string, ReadonlyArray<string>>
  /** Why nothing more is to be done in this turn. */
  stopped: string | undefined
  readonly used: Set<CommandHook>
  readonly told: Set<string>
}

export interface HookSeats {
  /** Of a session; made when it is heard of first. */
  readonly of: (session: string, opened?: Partial<Opened>) => Seat
  readonly find: (session: string) => Seat | undefined
  readonly all: () => ReadonlyArray<Seat>
  readonly remove: (session: string) => void
  /** It, and whom it works for. */
  readonly line: (seat: Seat) => ReadonlyArray<Seat>
  readonly hooksOf: (seat: Seat) => ReadonlyArray<CommandHook>
  /** What each hook says that the occasion is for. Never rejects. */
  readonly ask: (seat: Seat, occasion: Occasion) => Promise<ReadonlyArray<Said>>
  /** Why nobody can tell what a guard would say of it. */
  readonly refused: (seat: Seat, occasion: Occasion) => string | undefined
  readonly tell: (seat: Seat, notice: string, once?: boolean) => void
  /** The hooks that are known now. */
  readonly known: () => CommandHookSet
}

const nothing: CommandHookSet = { hooks: [], problems: [] }

/** As Claude Code calls one that plays no part. */
const noPart = "general-purpose"

export const hookSeats = (parts: WorkParts): HookSeats => {
  const { book, cwd, modeOf, warn } = parts
  const seats = new Map<string, Seat>()

  const of: HookSeats["of"] = (id, { parent, agent, model = "" } = {}) => {
    const known = seats.get(id)
    if (known !== undefined) {
      known.parent ??= parent
      known.agent ??= agent
      return known
    }
    const above = parent === undefined ? undefined : seats.get(parent)
    const seat: Seat = {
      id,
      parent,
      agent,
      model,
      place: hookPlace(id, parts),
      set: above?.set ?? book.known() ?? nothing,
      starting: Promise.resolve(),
      contexts: [],
      notes: new Map(),
      stopped: undefined,
      used: new Set(),
      told: new Set()
    }
    seats.set(id, seat)
    return seat
  }

  /** Whom it works for, itself first. */
  const line = (seat: Seat): ReadonlyArray<Seat> => {
    const above = seat.parent === undefined ? undefined : seats.get(seat.parent)
    return above === undefined ? [seat] : [seat, ...line(above)]
  }
  const rootOf = (seat: Seat): Seat => line(seat).at(-1) ?? seat

  /** A skill holds for those that work for whoever follows it, too. */
  const hooksOf = (seat: Seat): ReadonlyArray<CommandHook> => [
    ...seat.set.hooks.filter(({ source }) => source.trusted),
    ...line(seat)
      .flatMap(({ id }) => book.followed(id))
      .filter((hook) => !seat.used.has(hook))
  ]

  const tell: HookSeats["tell"] = (seat, notice, once = false) => {
    if (once && seat.told.has(notice)) return
    seat.told.add(notice)
    warn(rootOf(seat).id, notice.replace(/\s+/g, " "))
  }

  const about = (seat: Seat, event: Occasion["event"]): Fields => {
    const root = rootOf(seat)
    const mode = modeOf(seat.id)
    return {
      session_id: root.id,
      transcript_path: root.place.transcript().path,
      cwd,
      ...(mode !== undefined && { permission_mode: theirModes[mode] }),
      hook_event_name: event,
      ...(seat !== root && { agent_id: seat.id, agent_type: seat.agent ?? noPart })
    }
  }

  const ask = async (seat: Seat, occasion: Occasion): Promise<ReadonlyArray<Said>> => {
    const hooks = hooksOf(seat).filter(({ event }) => event === occasion.event)
    if (hooks.length === 0) return []
    const common = about(seat, occasion.event)
    const input: Occasion["input"] = (name) => ({ ...common, ...occasion.input(name) })
    const said = await askHooks(hooks, { ...occasion, input }, async (order) => {
      if (order.hook.once === true) seat.used.add(order.hook)
      return seat.place.run(order)
    })
    for (const { hook, verdict } of said) report(seat, hook, verdict)
    return said
  }

  /** What people are told of it whatever the event is. */
  const report = (seat: Seat, hook: CommandHook, { message, failure, stop, deny }: Said["verdict"]): void => {
    if (message !== undefined) tell(seat, `${nameOf(hook)} says: ${cut(message, 2000)}`)
    // What it refuses because of it is told by that.
    if (failure !== undefined && deny === undefined) tell(seat, `${nameOf(hook)} failed: ${cut(failure, 1000)}`, true)
    if (stop !== undefined) tell(seat, `${nameOf(hook)} stops this turn: ${cut(stop, 1000)}`)
  }

  const refused = (seat: Seat, occasion: Occasion): string | undefined => {
    const problem = refusedBy(seat.set.problems, occasion)
    return problem === undefined ? undefined : refusalOf(problem)
  }

  return {
    of,
    find: (session) => seats.get(session),
    all: () => [...seats.values()],
    remove: (session) => void seats.delete(session),
    line,
    hooksOf,
    ask,
    refused,
    tell,
    known: () => book.known() ?? nothing
  }
}
