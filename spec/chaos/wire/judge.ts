/** What is promised to clients of a server that may die at any moment, held against what they were told. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { Message } from "../../../llm/message.ts"
import { callsOf } from "../../../llm/message.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import type { Answer } from "../../../plugins/tool.ts"
import type { Client, EventFrame } from "./client.ts"
import { stepsOf } from "./model.ts"

export interface Told {
  readonly session: string
  readonly tasks: ReadonlyArray<string>
  readonly client: Client
  readonly observer: Client | undefined
  /** By our own client, `chat --connect`. */
  readonly heard: ReadonlyArray<AgentNotice>
  /** Who came when all was over, and asked for everything. */
  readonly newcomer: Client
  /** The conversation in the end. */
  readonly transcript: ReadonlyArray<Message>
}

export interface Evidence {
  readonly sessions: ReadonlyArray<Told>
  /** Folder of the agents. */
  readonly work: string
}

export interface Verdict {
  readonly events: number
  readonly messages: number
  readonly calls: number
  /** Turns that went on after their process had ended, and calls that were cut off by that. */
  readonly resumed: number
  readonly interrupted: number
  readonly ends: Readonly<Record<string, number>>
  /** Each with where it was, at most a hundred. */
  readonly broken: Readonly<Record<Promised, ReadonlyArray<string>>>
  readonly isKept: boolean
}

type Promised = keyof typeof promises

export const judge = ({ sessions, work }: Evidence): Verdict => {
  const found = Object.entries(promises).map(([name, look]) => [
    name,
    sessions.flatMap((told) => look(told, work).map((what) => `${told.session}: ${what}`)).slice(0, 100)
  ])
  const broken = Object.fromEntries(found) as Verdict["broken"] // one for each promise
  const events = sessions.flatMap(({ newcomer }) => newcomer.events)
  const ends = sessions.flatMap(({ newcomer }) => newcomer.responses.map(({ status, error }) => error?.code ?? status))
  const count = (type: string): number => events.filter(({ event }) => event.type === type).length
  return {
    events: events.length,
    messages: sessions.reduce((sum, { tasks }) => sum + tasks.length, 0),
    calls: count("agent.settled"),
    resumed: count("agent.resumed"),
    interrupted: events.filter(({ event }) => event.type === "agent.settled" && isCut(event.answer)).length,
    ends: Object.fromEntries([...Map.groupBy(ends, (end) => end)].map(([end, { length }]) => [end, length])),
    broken,
    isKept: Object.values(broken).every(({ length }) => length === 0)
  }
}

const isCut = ({ errorClass }: Answer): boolean => errorClass === "interrupted"

/** A line for each time that it is not kept. */
const promises = {
  /** From 1, without gaps, none twice, and none that means another thing than before. */
  numbers: ({ client, observer, newcomer }: Told) => [
    ...client.complaints,
    ...(observer?.complaints ?? ["nobody looked on"]),
    ...newcomer.complaints
  ],
  /** All are told the same, whenever they came and whatever they missed. */
  same: ({ client, observer, newcomer }: Told) => {
    const all = JSON.stringify(newcomer.events)
    return [client, observer].flatMap((one, at) =>
      JSON.stringify(one?.events) === all
        ? []
        : [`${at === 0 ? "client" : "observer"} has ${one?.events.length} events, there are ${newcomer.events.length}`]
    )
  },
  /** Our own client hears the same, once. */
  heard: ({ heard, newcomer }: Told) => {
    const all = newcomer.events.map(({ event }) => event)
    const other = heard.findIndex((notice, at) => !isDeepStrictEqual(notice, all[at]))
    return [
      ...(heard.length === all.length ? [] : [`heard ${heard.length} of ${all.length}`]),
      ...(other === -1 ? [] : [`heard ${JSON.stringify(heard[other])}, told was ${JSON.stringify(all[other])}`])
    ]
  },
  /** Each message is responded to once: its response has one number, for everybody. */
  responses: ({ tasks, client, observer, newcomer }: Told) =>
    tasks.flatMap((task) => {
      const given = newcomer.responses.filter(({ message_id }) => message_id === task)
      const everywhere = [client, observer, newcomer].flatMap((one) => one?.responses ?? [])
      const numbers = new Set(everywhere.flatMap(({ message_id, seq }) => (message_id === task ? [seq] : [])))
      return given.length === 1 && numbers.size === 1
        ? []
        : [`${task} has ${given.length} responses, with the numbers ${[...numbers].join(", ")}`]
    }),
  /** Each message ends one turn, after which nothing more is told of it. */
  ends: ({ tasks, newcomer }: Told) =>
    tasks.flatMap((task) => {
      const ends = newcomer.events.filter(
        ({ event }) =>
          (event.type === "agent.replied" || event.type === "agent.failed" || event.type === "agent.cancelled") &&
          event.messages.includes(task)
      )
      return ends.length === 1 ? [] : [`${task} ended ${ends.length} times`]
    }),
  /** Each call that was made is settled once. */
  settled: ({ newcomer: { events } }: Told) => {
    const made = events.flatMap(({ event }) => (event.type === "agent.said" ? callsOf(event.message) : []))
    const settled = events.flatMap(({ event }) => (event.type === "agent.settled" ? [event.call.id] : []))
    return made.flatMap(({ id }) => {
      const times = settled.filter((one) => one === id).length
      return times === 1 ? [] : [`call ${id} was settled ${times} times`]
    })
  },
  /** Whatever the conversation holds was told: nothing happened unseen. */
  complete: ({ newcomer: { events }, transcript }: Told) => [
    ...differences("reply", repliesIn(transcript), repliesTold(events)),
    ...differences("answer", answersIn(transcript), answersTold(events)),
    ...differences("message", messagesIn(transcript), messagesTold(events))
  ],
  /** What a call changes is changed once at most, and was changed when it says so. */
  effects: ({ tasks, newcomer: { events } }: Told, work: string) => {
    const settled = events.flatMap(({ event }) => (event.type === "agent.settled" ? [event] : []))
    const tokens = tasks.flatMap((task) =>
      stepsOf(task)
        .flat()
        .map(({ id }) => id)
    )
    return tokens.flatMap((token) => {
      const times = timesOf(token, work)
      const did = settled.filter(({ call, answer }) => answer.success && JSON.stringify(call.input).includes(token))
      if (times > 1 || did.length > 1) return [`${token} was done ${times} times, and said to be ${did.length} times`]
      return did.length === 1 && times === 0 ? [`${token} is said to be done and is not`] : []
    })
  }
}

const timesOf = (token: string, work: string): number => {
  const path = join(work, token.endsWith(".2") ? "files" : "notes", token)
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").length : 0
}

const differences = (what: string, held: ReadonlyArray<string>, told: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...held.filter((one) => !told.includes(one)).map((one) => `${what} ${one.slice(0, 80)} was never told`),
  ...told.filter((one) => !held.includes(one)).map((one) => `${what} ${one.slice(0, 80)} was told and is not there`)
]

const repliesIn = (transcript: Told["transcript"]): ReadonlyArray<string> =>
  transcript.flatMap((one) =>
    one.role === "assistant" && one.interrupted !== true ? [JSON.stringify(one.content)] : []
  )

const repliesTold = (events: ReadonlyArray<EventFrame>): ReadonlyArray<string> =>
  events.flatMap(({ event }) => (event.type === "agent.said" ? [JSON.stringify(event.message.content)] : []))

const answersIn = (transcript: Told["transcript"]): ReadonlyArray<string> =>
  transcript.flatMap((one) => (one.role === "tool" ? [one.callId] : []))

const answersTold = (events: ReadonlyArray<EventFrame>): ReadonlyArray<string> =>
  events.flatMap(({ event }) => (event.type === "agent.settled" ? [event.call.id] : []))

const messagesIn = (transcript: Told["transcript"]): ReadonlyArray<string> =>
  transcript.flatMap((one) => (one.role === "user" ? [one.id] : []))

const messagesTold = (events: ReadonlyArray<EventFrame>): ReadonlyArray<string> =>
  events.flatMap(({ event }) => {
    if (event.type === "agent.queued") return [event.id]
    return event.type === "agent.started" ? event.messages : []
  })
