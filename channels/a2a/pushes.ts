/** News of tasks for addresses of their callers: in order, tried again for a while, and never into this network for a stranger. */
import { randomUUID } from "node:crypto"
import { isIP } from "node:net"
import { type StreamResponse as StreamResponseType, StreamResponse, TaskPushNotificationConfig } from "@a2a-js/sdk"
import { RequestMalformedError, UnsupportedOperationError } from "@a2a-js/sdk/errors"
import { V03PushNotificationSerializer } from "@a2a-js/sdk/compat/v0_3/server"
import type { Exchange } from "./exchange.ts"
import { filled } from "./files.ts"
import { type Delivery, post } from "./post.ts"
import { isPublic } from "./public-address.ts"
import type { StoredPush, TaskStore } from "./store.ts"
import type { Life } from "./task.ts"

export interface PushLimits {
  /** Addresses of one task. */
  readonly perTask: number
  /** News that wait for one address; the oldest is dropped for the next. */
  readonly waiting: number
  /** Milliseconds before each further try. */
  readonly delays: ReadonlyArray<number>
  /** Milliseconds for one try. */
  readonly time: number
}

export const pushLimits: PushLimits = { perTask: 10, waiting: 100, delays: [1000, 5000, 25_000], time: 10_000 }

export interface PushesParts {
  readonly store: TaskStore
  /** Callers elsewhere may name addresses of this network too. */
  readonly isPrivateFine: boolean
  readonly limits: PushLimits
  /** Where files of artifacts are fetched. */
  readonly origin: () => string
  readonly log: (message: string) => void
}

export type Pushes = ReturnType<typeof openPushes>

interface Line {
  readonly waiting: Array<Delivery>
  work: Promise<void>
}

export const openPushes = ({ store, isPrivateFine, limits, origin, log }: PushesParts) => {
  const lines = new Map<string, Line>()
  const stop = new AbortController()
  const older = new V03PushNotificationSerializer()

  /** @throws RequestMalformedError for what no address can be. */
  const check = ({ url, token, authentication }: TaskPushNotificationConfig): void => {
    const at = URL.canParse(url) ? new URL(url) : undefined
    if (at === undefined || url.length > 2000 || !["http:", "https:"].includes(at.protocol))
      throw new RequestMalformedError("url must be an address that starts with http:// or https://")
    if (at.username !== "" || at.password !== "")
      throw new RequestMalformedError("url must hold no name and no password: give authentication")
    const { scheme = "", credentials = "" } = authentication ?? {}
    for (const value of [token, scheme, credentials])
      if (!/^[\x20-\x7e]{0,4000}$/.test(value))
        throw new RequestMalformedError("token, scheme and credentials travel in headers: printable ASCII only")
  }

  const save = (config: TaskPushNotificationConfig, at: Exchange): TaskPushNotificationConfig => {
    const isLocal = isPrivateFine || at.isLocal
    const { hostname } = new URL(config.url)
    const bare = hostname.replace(/^\[|\]$/g, "")
    if (!isLocal && (isIP(bare) === 0 ? bare === "localhost" || bare.endsWith(".localhost") : !isPublic(bare)))
      throw new RequestMalformedError("url must be an address of the open Internet")
    const id = config.id === "" ? randomUUID() : config.id
    if (id.length > 200) throw new RequestMalformedError("an id has at most 200 characters")
    const known = store.pushesOf(config.taskId)
    if (known.length >= limits.perTask && known.every((one) => one.id !== id))
      throw new UnsupportedOperationError(`a task tells at most ${limits.perTask} addresses`)
    const whole = { ...config, id, tenant: "" }
    const body = JSON.stringify(TaskPushNotificationConfig.toJSON(whole))
    store.savePush({ task: config.taskId, id, body, version: at.version, isLocal })
    return whole
  }

  const deliver = async (key: string, line: Line): Promise<void> => {
    for (let next = line.waiting.shift(); next !== undefined && !stop.signal.aborted; next = line.waiting.shift()) {
      const problem = await post(next, limits, stop.signal)
      if (problem !== undefined) log(`a2a: a push notification was not taken: ${problem}`)
    }
    if (line.waiting.length === 0) lines.delete(key)
  }

  const queue = (push: StoredPush, delivery: Delivery): void => {
    const key = JSON.stringify([push.task, push.id])
    const line: Line = lines.get(key) ?? { waiting: [], work: Promise.resolve() }
    lines.set(key, line)
    line.waiting.push(delivery)
    if (line.waiting.length > limits.waiting) line.waiting.shift()
    line.work = line.work.then(() => deliver(key, line))
  }

  return {
    check,
    save,
    of: (task: string): ReadonlyArray<TaskPushNotificationConfig> => store.pushesOf(task).map(configOf),
    drop: store.dropPush,
    send: (life: Life, events: ReadonlyArray<StreamResponseType>): void => {
      const pushes = events.length === 0 ? [] : store.pushesOf(life.task.id)
      if (pushes.length === 0) return
      const { event: fill } = filled(store, origin())
      for (const event of events.map(fill))
        for (const push of pushes) {
          const { body, contentType } =
            push.version === "0.3" ? older.serialize(event, life.task) : { body: newer(event), contentType: a2aJson }
          const { url, token, authentication } = configOf(push)
          queue(push, { url, body, isLocal: push.isLocal, headers: headersOf(contentType, token, authentication) })
        }
    },
    /** What still waits has that many milliseconds. */
    stop: async (grace: number): Promise<void> => {
      const timer = setTimeout(() => stop.abort(), grace)
      await Promise.all([...lines.values()].map(({ work }) => work))
      clearTimeout(timer)
      stop.abort()
    }
  }
}

const a2aJson = "application/a2a+json"

const newer = (event: StreamResponseType): string => JSON.stringify(StreamResponse.toJSON(event))

const configOf = ({ body }: StoredPush): TaskPushNotificationConfig =>
  TaskPushNotificationConfig.fromJSON(JSON.parse(body))

const headersOf = (
  contentType: string,
  token: string,
  authentication: TaskPushNotificationConfig["authentication"]
): Readonly<Record<string, string>> => ({
  "content-type": contentType,
  "user-agent": "kintsugi",
  ...(token !== "" && { "x-a2a-notification-token": token }),
  ...(authentication !== undefined &&
    authentication.credentials !== "" && {
      authorization: `${authentication.scheme === "" ? "Bearer" : authentication.scheme} ${authentication.credentials}`
    })
})
