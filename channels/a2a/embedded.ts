/** The A2A channel for programs: a runtime's sessions, or a function of theirs, as a peer of other agents. */
import { createHash } from "node:crypto"
import { createRequire } from "node:module"
import { join } from "node:path"
import type { AgentCard } from "@a2a-js/sdk"
import type { Health } from "../../actors/health.ts"
import type { SessionHost } from "../../actors/session-host.ts"
import { ownCard } from "../../plugins/a2a/card.ts"
import type { FrontOptions } from "../websocket/front.ts"
import { type Agent, functionHands } from "./function-hand.ts"
import type { OpenHand } from "./hand.ts"
import { type A2aLimits, type A2aServing, serveParts } from "./serve.ts"
import { sessionHands } from "./session-hand.ts"

/** A `Runtime` is one. */
export interface A2aRuntime extends Pick<SessionHost, "open"> {
  readonly health: () => Health
  /** Its working folder: tasks go on in the folder in which they were begun, and nowhere else. */
  readonly cwd?: string
  readonly model?: { readonly id: string } | undefined
  readonly permissions?: string
}

export interface A2aOptions extends Omit<FrontOptions, "data" | "limits" | "section"> {
  /** Whose sessions work, one for each context; or `agent`. */
  readonly runtime?: A2aRuntime
  /** A function that answers each message. */
  readonly agent?: Agent
  /**
   * Folder that keeps the tasks; absent: they end with the process. Give the runtime's own, whose sessions they are. One server at a
   * time may have those of a working folder.
   */
  readonly data?: string
  /** Where callers reach it when a proxy is in front, as the card says. Default: by the name they used. */
  readonly url?: string
  readonly name?: string
  readonly description?: string
  /** Of the agent. Default: Kintsugi's. */
  readonly version?: string
  /** What stands in the card in place of what we say there. */
  readonly card?: Partial<Pick<AgentCard, "skills" | "provider" | "iconUrl" | "documentationUrl">>
  /** Callers elsewhere may have this network's addresses told of their tasks. Default false. */
  readonly privatePush?: boolean
  readonly limits?: Partial<A2aLimits>
  /** Told of bugs and of what could not be delivered; never what a caller said. */
  readonly onError?: (message: string) => void
}

export interface A2aServed extends Omit<A2aServing, "stop">, AsyncDisposable {
  /** Begins nothing new, gives running tasks `grace` milliseconds (default 8,000), suspends the others. The runtime stays open. */
  readonly stop: (grace?: number) => Promise<void>
}

/** As `channels.a2a.grace` has it. */
const usualGrace = 8000

export const serveAgent = async (options: A2aOptions): Promise<A2aServed> => {
  const { runtime, agent: _, onError: log = () => {}, privatePush: isPrivatePush = false, limits, ...rest } = options
  const open = workers(options, log)
  const serving = await serveParts({
    ...rest,
    open,
    tasks: tasksIn(options),
    health: runtime,
    card: cardOf(options),
    isPrivatePush,
    log,
    ...(limits !== undefined && { limits })
  })
  return {
    ...serving,
    stop: (grace = usualGrace) => serving.stop(grace),
    [Symbol.asyncDispose]: () => serving.stop(0)
  }
}

const tasksIn = ({ data, runtime }: A2aOptions): string | undefined => {
  if (data === undefined) return undefined
  const place = createHash("sha256")
    .update(runtime?.cwd ?? "")
    .digest("hex")
    .slice(0, 16)
  return join(data, "a2a", `${runtime === undefined ? "function" : place}.sqlite`)
}

const workers = ({ runtime, agent }: A2aOptions, log: (message: string) => void): OpenHand => {
  if (agent !== undefined && runtime === undefined) return functionHands(agent)
  if (agent === undefined && runtime !== undefined) return sessionHands({ runtime, log })
  throw new TypeError("serveA2a needs either `runtime` or `agent`: who is to work on the tasks?")
}

type CardAt = Parameters<Parameters<typeof serveParts>[0]["card"]>[0]

const cardOf =
  ({ runtime, name, description, version = ownVersion(), card = {} }: A2aOptions) =>
  ({ origin, isSecured: secured, isKnown }: CardAt): AgentCard => ({
    ...ownCard({
      version,
      origin,
      secured,
      push: true,
      capabilities: isKnown ? [...inside(runtime)] : [],
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description })
    }),
    ...card
  })

/** What only those should know who may come in. */
const inside = (runtime: A2aRuntime | undefined): ReadonlyArray<string> => {
  const { model, permissions } = runtime ?? {}
  return [
    ...(model === undefined ? [] : [`Thinks with ${model.id}.`]),
    ...(permissions === undefined ? [] : [`Works in the permission mode "${permissions}".`])
  ]
}

/** The package by its own name: where its papers lie differs between the sources and what is published. */
const ownVersion = (): string => {
  const manifest: unknown = createRequire(import.meta.url)("kintsugi/package.json")
  const said = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : undefined
  return typeof said === "string" ? said : "unknown"
}
