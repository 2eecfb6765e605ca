/** Commands of plugins that clients run in a session: beside whatever else is said, and not too many at once. */
import type { Session } from "../../actors/session-host.ts"
import type { CommandResult } from "../../plugins/extensions.ts"
import type { TypedCommand } from "../command-line.ts"
import { mayRun } from "./offers.ts"
import { Refusal } from "./refusal.ts"
import type { Request } from "./request.ts"
import type { Seat } from "./seat.ts"

export interface Run {
  /** By which it can be stopped. */
  readonly key: string
  readonly typed: TypedCommand
  readonly seat: Seat
  readonly session: Session
}

const runs = new WeakMap<Seat, Map<string, AbortController>>()

/** It goes on while other frames are taken, within `tools.timeout`. @throws Refusal when it may not begin. */
export const runAside = (
  { key, typed: { name, argument }, seat, session }: Run,
  { guest, desk, aside }: Request,
  end: (result: CommandResult) => Promise<void> | void
): void => {
  if (!mayRun(desk, guest.user))
    throw new Refusal("not_allowed", "this server was started with permissions: plan; only its own user runs commands")
  const running = runs.get(seat) ?? new Map<string, AbortController>()
  if (running.size >= desk.limits.commands)
    throw new Refusal("too_many", `${desk.limits.commands} commands run in this session; wait for one to end`)
  if (running.has(key)) throw new Refusal("refused", "a command of this command_id runs; wait for its result")
  const stop = new AbortController()
  runs.set(seat, running.set(key, stop))
  const run = async (): Promise<void> => {
    try {
      await end(await session.extensions.runCommand(name, argument, { signal: stop.signal }))
    } finally {
      running.delete(key)
    }
  }
  aside(() => seat.using(run))
}

/** @returns whether there was one. */
export const cancelRun = (seat: Seat, key: string): boolean => {
  const running = runs.get(seat)?.get(key)
  running?.abort()
  return running !== undefined
}
