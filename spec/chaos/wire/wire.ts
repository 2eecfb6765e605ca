/**
 * Clients in the middle of their turns, and a server that is killed with SIGKILL again and again: what each of them has been
 * told in the end is complete, in order, and nothing twice.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { connect, type RemoteHost } from "../../../channels/connect/connect.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { type Actor, actor, type Doing } from "./actor.ts"
import { type Client, openClient } from "./client.ts"
import { chanceOf } from "./chance.ts"
import { type Evidence, judge, type Verdict } from "./judge.ts"
import { slowModel } from "./model.ts"
import { type KilledServer, killedServer } from "./server.ts"

export interface WireOptions {
  readonly seed: number
  readonly sessions: number
  readonly kills: number
  /** Times that each client's own connection breaks. */
  readonly drops: number
  /** Milliseconds between two pieces of what the model says. */
  readonly pace: number
  /** Program to run with Node. */
  readonly program: string
}

export interface WireRun extends Omit<WireOptions, "program">, Verdict {
  readonly seconds: number
  /** What the sessions were in the middle of, at each kill. */
  readonly killedWhile: ReadonlyArray<Readonly<Record<Doing, number>>>
  /** Milliseconds from the kill until every session could be talked to again, each kill and session one. */
  readonly backAfter: ReadonlyArray<number>
  /** The same from the moment in which the server listened again. */
  readonly backAfterStart: ReadonlyArray<number>
  readonly requests: number
  /** What the server said on standard error. */
  readonly serverSaid: string
}

/** Milliseconds that a session may take in all. */
const patience = 240_000

const key = "key-of-the-wire-chaos-0123"

export const runWire = async ({ program, ...options }: WireOptions): Promise<WireRun> => {
  const { sessions, kills, drops, seed } = options
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-wire-")))
  const chance = chanceOf(seed)
  const begun = performance.now()
  const clients = new Set<Client>()
  const hosts = new Map<number, Promise<RemoteHost>>()
  try {
    await using model = await slowModel(options.pace)
    await using server = await killedServer({ program, folder, key, modelPort: model.port })
    await server.start()
    const hostOf = (session: number): Promise<RemoteHost> => {
      const at = Math.floor(session / sessionsOfHost)
      const host = hosts.get(at) ?? connect(server.url, { apiKey: key })
      hosts.set(at, host)
      return host
    }
    const rewind = () => (chance() < 0.5 ? Math.floor(chance() * 6) : 0)
    const actors = Array.from({ length: sessions }, (_, at) =>
      actor({ url: server.url, key, tasks: tasksOf(at, kills), chance, rewind })
    )
    actors.forEach(({ client }) => clients.add(client))
    const told = async () => {
      const observers = await Promise.all(
        actors.map(async ({ client }) => openClient({ url: server.url, key, session: await client.ready, rewind }))
      )
      observers.forEach((client) => clients.add(client))
      const heard = await Promise.all(actors.map(async ({ client }, at) => ears(await hostOf(at), client)))
      const breaking = new AbortController()
      for (const client of clients) void breakNow(client, drops, chance, breaking.signal)
      const [killed] = await Promise.all([killAll(server, actors, kills), ...actors.map((one) => one.work())])
      breaking.abort()
      return { killed, evidence: await gather({ server, folder, actors, observers, heard }) }
    }
    const { killed, evidence } = await inTime(told(), () => stuck(actors, server))
    const { killedWhile, backAfter, backAfterStart } = killed
    const verdict = judge(evidence)
    const seconds = (performance.now() - begun) / 1000
    const requests = model.requests()
    return {
      ...options,
      ...verdict,
      seconds,
      killedWhile,
      backAfter,
      backAfterStart,
      requests,
      serverSaid: server.errors()
    }
  } finally {
    for (const client of clients) client.close()
    // Its server is gone, which nobody waits for.
    await Promise.allSettled([...hosts.values()].map(async (host) => (await host).close()))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Sessions that one connection of our own client follows; a server lets it have 64. */
const sessionsOfHost = 50

/** Everything that our own client tells of a session. */
const ears = async (host: RemoteHost, { ready }: Client): Promise<ReadonlyArray<AgentNotice>> => {
  const session = await host.open({ resume: await ready })
  const notices: Array<AgentNotice> = []
  session.events.subscribe((notice) => notices.push(notice))
  return notices
}

/** Enough of them that turns run at every kill. */
const tasksOf = (session: number, kills: number): ReadonlyArray<string> =>
  Array.from({ length: 2 + kills }, (_, at) => `s${session}m${at}`)

const inTime = <Result>(work: Promise<Result>, say: () => string): Promise<Result> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = setTimeout(() => reject(new Error(say())), patience)
  return Promise.race([work, promise]).finally(() => clearTimeout(late))
}

const stuck = (actors: ReadonlyArray<Actor>, server: KilledServer): string => {
  const left = actors.filter((one) => !one.isDone())
  const lines = left.map(({ client, tasks, doing }) => {
    const ended = client.responses.map(({ message_id }) => message_id)
    const open = tasks.filter((task) => !ended.includes(task))
    return `${open.join(", ")}: ${doing()}, last event ${client.last()}, ${[...client.complaints, ...client.errors].slice(-3).join("; ")}`
  })
  return `not done after ${patience / 1000} s:\n${lines.join("\n")}\n${server.errors().slice(-3000)}`
}

/** Its connection breaks at moments of chance. */
const breakNow = async (client: Client, times: number, chance: () => number, signal: AbortSignal): Promise<void> => {
  for (let at = 0; at < times; at++) {
    await pause(300 + chance() * 3000, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    client.drop()
  }
}

const killAll = async (server: KilledServer, actors: ReadonlyArray<Actor>, kills: number) => {
  const killedWhile: Array<Record<Doing, number>> = []
  const [backAfter, backAfterStart]: [Array<number>, Array<number>] = [[], []]
  for (let at = 0; at < kills; at++) {
    await pause(700)
    await isBusy(actors)
    killedWhile.push(countDoing(actors))
    const killed = performance.now()
    await server.kill()
    await server.start()
    const started = performance.now()
    const back = await Promise.all(actors.map(({ client }) => isBack(client, killed)))
    backAfter.push(...back.map((time) => time - killed))
    backAfterStart.push(...back.map((time) => Math.max(0, time - started)))
  }
  return { killedWhile, backAfter, backAfterStart }
}

/** At least three in four are in the middle of a turn, or too few are left to do. */
const isBusy = async (actors: ReadonlyArray<Actor>): Promise<void> => {
  for (;;) {
    const left = actors.filter((one) => !one.isDone())
    const busy = left.filter(({ doing }) => doing() !== "nothing")
    if (busy.length >= actors.length * 0.75 || left.length < actors.length * 0.75) return
    await pause(10)
  }
}

const countDoing = (actors: ReadonlyArray<Actor>): Record<Doing, number> => {
  const counts: Record<Doing, number> = { nothing: 0, thinking: 0, streaming: 0, acting: 0, asking: 0 }
  for (const { doing } of actors) counts[doing()] += 1
  return counts
}

const isBack = async (client: Client, since: number): Promise<number> => {
  for (;;) {
    const found = client.lives.find((time) => time >= since)
    if (found !== undefined) return found
    await pause(5)
  }
}

interface Witnesses {
  readonly server: KilledServer
  readonly folder: string
  readonly actors: ReadonlyArray<Actor>
  readonly observers: ReadonlyArray<Client>
  readonly heard: ReadonlyArray<ReadonlyArray<AgentNotice>>
}

/** What a newcomer is told from the beginning is what all others are held against. */
const gather = async ({ server, folder, actors, observers, heard }: Witnesses): Promise<Evidence> => {
  const sessions = await Promise.all(
    actors.map(async ({ client, tasks }, at) => {
      const session = await client.ready
      const newcomer = openClient({ url: server.url, key, session })
      const transcript = await readAll(newcomer)
      const observer = observers[at]
      const own = heard[at] ?? []
      await untilEqual(newcomer, [client, observer], own)
      newcomer.close()
      return { session, tasks, client, observer, heard: own, newcomer, transcript }
    })
  )
  return { sessions, work: join(folder, "work") }
}

/** Resolves with the conversation, when all events that it was made of have come. */
const readAll = async (newcomer: Client) => {
  for (;;) {
    const found = await newcomer.view()
    if (found !== undefined && found.last <= newcomer.last()) return found.transcript ?? []
    await pause(20)
  }
}

/** They are told the same, a moment later perhaps; whoever is not after ten seconds has lost something, which is judged. */
const untilEqual = async (
  newcomer: Client,
  others: ReadonlyArray<Client | undefined>,
  heard: ReadonlyArray<AgentNotice>
): Promise<void> => {
  const deadline = performance.now() + 10_000
  const isBehind = (): boolean =>
    others.some((client) => client !== undefined && client.last() < newcomer.last()) || heard.length < newcomer.last()
  while (isBehind() && performance.now() < deadline) await pause(20)
}
