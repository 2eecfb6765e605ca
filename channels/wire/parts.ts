/** What the hub needs of the program around it. A `Runtime` is a `Host`. */
import type { Health } from "../../actors/health.ts"
import type { Heals } from "../../actors/healing/heals.ts"
import type { Journal } from "../../actors/journal.ts"
import type { RuntimePlugins } from "../../actors/plugin/runtime-plugins.ts"
import type { SessionHost } from "../../actors/session-host.ts"
import type { Mode } from "../../plugins/permission.ts"
import { type Clock, systemClock } from "./clock.ts"

export interface Host extends Pick<SessionHost, "open" | "list"> {
  /** Of new sessions. */
  readonly model: { readonly id: string } | undefined
  readonly health: () => Health
  readonly heals: Heals
  readonly plugins: Pick<RuntimePlugins, "list" | "revive">
  /** Of the sessions; absent: those stay that were opened and in which nothing was said. */
  readonly journal?: Pick<Journal, "delete">
}

export interface ListedModel {
  readonly id: string
  readonly name?: string
  readonly note?: string
}

export interface HubParts {
  readonly runtime: Host
  /** Of Kintsugi. */
  readonly version: string
  /** What a session that is not begun yet says of itself. */
  readonly place: { readonly cwd: string; readonly permissions: Mode }
  /** Those that can be chosen. */
  readonly models: (filter?: string) => Promise<ReadonlyArray<ListedModel>>
  readonly limits?: Partial<HubLimits>
  /** For bugs; never given a frame's content. */
  readonly log?: (message: string) => void
  readonly clock?: Clock
}

export interface HubLimits {
  /** Milliseconds until a client must have said who it is. */
  readonly authTime: number
  /** Milliseconds after which a session is closed that nobody looks at and in which nothing runs. */
  readonly idleTime: number
  /** Milliseconds after which an id is forgotten that was told to somebody who left without having said anything. */
  readonly reservedTime: number
  /** Of such ids, of one user. */
  readonly reserved: number
  /** Sessions that one connection follows. */
  readonly followed: number
  /** Frames of one connection that are not answered yet. */
  readonly inFlight: number
  /** Of one connection, on average and at once. */
  readonly framesPerSecond: number
  readonly burst: number
  /** Frames refused by these limits since the last that was not, before the connection is ended. */
  readonly patience: number
  /** Events that a reader may be behind before streamed pieces are left out for it. */
  readonly lag: number
  /** Turns that run at once, of one user. */
  readonly turns: number
  /** Commands of plugins that run at once, in one session. */
  readonly commands: number
}

const usual: HubLimits = {
  authTime: 10_000,
  idleTime: 60_000,
  reservedTime: 3_600_000,
  reserved: 100,
  followed: 64,
  inFlight: 64,
  framesPerSecond: 100,
  burst: 400,
  patience: 200,
  lag: 500,
  turns: Infinity,
  commands: 8
}

/** Everything, with the usual values where nothing was said. */
export type Desk = Required<Omit<HubParts, "limits">> & { readonly limits: HubLimits }

export const deskOf = ({ limits, log = () => {}, clock = systemClock, ...parts }: HubParts): Desk => ({
  ...parts,
  log,
  clock,
  limits: { ...usual, ...limits }
})
