/** A fixture plugin opened in a place, and calls to it as a caller makes them: with a deadline, and no patience beyond it. */
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import {
  type Host,
  HostFault,
  type HostOptions,
  type Hosts,
  type Limits,
  type Place
} from "../../../actors/hosts/host.ts"
import { hosts } from "../../../actors/hosts/open-host.ts"
import type { Answer, ToolContext } from "../../../plugins/tool.ts"
import type { Input } from "./open-input.ts"
import { absentPorts } from "../../../plugins/ports/absent.ts"

/** How a call ended. `unanswered`: not within its deadline and `slack`. */
export type Ending =
  | { readonly how: "answered"; readonly answer: Answer }
  | { readonly how: "failed"; readonly error: unknown }
  | { readonly how: "unanswered" }

export interface Household {
  readonly hosts: Hosts
  readonly close: () => Promise<void>
}

export interface Opened {
  readonly host: Host
  /** @param deadline Milliseconds until the call's signal is aborted. */
  readonly call: (tool: string, input?: Input, deadline?: number) => Promise<Ending>
  /** The fault that ended the place, once it has ended. */
  readonly fault: () => HostFault | undefined
  readonly strays: ReadonlyArray<{ readonly error: Error; readonly tool: string | undefined }>
  readonly close: () => Promise<void>
}

/** Milliseconds beyond a deadline after which nobody believes in an answer: far more than a loaded machine needs. */
export const slack = 4000

/** Small, so that what runs out of memory does so soon. */
const small: Partial<Limits> = { heap: 64, memory: 512 }

const unused = async (): Promise<never> => {
  throw new Error("the fixtures do without the host's ports")
}

/** Nothing but a signal: the fixtures' faults are their own. */
export const contextWith = (signal: AbortSignal): ToolContext => ({
  signal,
  progress: () => {},
  log: () => {},
  cwd: process.cwd(),
  files: { resolve: unused, display: (path) => path, read: unused, write: unused, stat: unused },
  exec: {
    run: unused,
    start: () => {
      throw new Error("the fixtures start no jobs")
    },
    jobs: () => [],
    look: unused,
    stop: unused,
    close: async () => {}
  },
  fetch: unused,
  ...absentPorts,
  taskStartedAt: 0
})

const callOn =
  (host: Host): Opened["call"] =>
  async (name, input = {}, deadline = 5000) => {
    const tool = host.plugin.tools?.find((tool) => tool.name === name)
    if (tool === undefined) throw new Error(`${host.plugin.name} has no tool ${name}`)
    const [due, given] = [new AbortController(), new AbortController()]
    const timer = setTimeout(() => due.abort(new Error("the deadline has passed")), deadline)
    const ended = Promise.resolve()
      .then(() => tool.execute(input, contextWith(due.signal)))
      .then(
        (answer): Ending => ({ how: "answered", answer }),
        (error: unknown): Ending => ({ how: "failed", error })
      )
    const unanswered = sleep(deadline + slack, { how: "unanswered" } as const, { signal: given.signal })
    return Promise.race([ended, unanswered.catch(() => ended)]).finally(() => {
      clearTimeout(timer)
      given.abort()
    })
  }

const faultOf = (exit: Exit.Exit<never, HostFault>): HostFault | undefined => {
  const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
  return error instanceof HostFault ? error : undefined
}

const moduleOf = (name: string): string => join(import.meta.dirname, `${name}.ts`)

/** The places of one runtime. @param isWarm Whether a spare process is kept for the child that is opened next. */
export const openHousehold = async (isWarm: boolean, limits: Partial<Limits> = {}): Promise<Household> => {
  const scope = Scope.makeUnsafe()
  const options: HostOptions = {
    cwd: import.meta.dirname,
    limits: { ...small, ...limits },
    ...(isWarm ? { modules: [moduleOf("faulty"), moduleOf("healthy")] } : {})
  }
  const household = await Effect.runPromise(Scope.provide(hosts(options), scope))
  return { hosts: household, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}

export const openFixture = async (
  name: "faulty" | "healthy",
  place: Place,
  { hosts }: Pick<Household, "hosts">
): Promise<Opened> => {
  const scope = Scope.makeUnsafe()
  const opening = hosts.open(place, { name, module: moduleOf(name) })
  const host = await Effect.runPromise(Scope.provide(opening, scope))
  const strays: Array<Opened["strays"][number]> = []
  host.onStray((stray) => strays.push(stray))
  let fault: HostFault | undefined
  void Effect.runPromiseExit(host.ended).then((exit) => (fault = faultOf(exit)))
  return {
    host,
    call: callOn(host),
    fault: () => fault,
    strays,
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}
