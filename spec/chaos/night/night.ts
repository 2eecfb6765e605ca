/** A night of failures, compressed: turns one after another over a chain of three models, each of which fails again and again. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRuntime, type Runtime } from "../../../actors/runtime.ts"
import { callsOf, textOf } from "../../../llm/message.ts"
import { fields } from "../../../llm/wire-value.ts"
import type { TerminalNotice } from "../../../machines/events.ts"
import { definePlugin, defineTool } from "../../../plugins/index.ts"
import { watchForEarly } from "./early.ts"
import { type Account, openProviders, type Providers } from "./providers.ts"

export interface NightOptions {
  readonly seed: number
  readonly turns: number
  /** Sessions at a time, which share the models. */
  readonly sessions: number
}

export interface Night extends NightOptions {
  readonly seconds: number
  readonly replied: number
  /** By code. */
  readonly failed: Readonly<Record<string, number>>
  /** Turns with more or fewer than one end. */
  readonly unended: number
  /** Turns that replied something else, and effects that are missing or were made twice. */
  readonly wrong: ReadonlyArray<string>
  /** Messages that the journals do not hold once. */
  readonly misremembered: number
  /** Replies by the model that wrote them. */
  readonly answeredBy: Readonly<Record<string, number>>
  /** Milliseconds. */
  readonly longestTurn: number
  readonly providers: Readonly<Record<string, Account & { readonly early: number }>>
  readonly isKept: boolean
}

const chain = ["anthropic/night", "openai/night", "litellm/night"] as const

export const spendNight = async (options: NightOptions): Promise<Night> => {
  await using providers = await openProviders(options.seed)
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-night-")))
  const notes = new Map<number, number>()
  const watch = watchForEarly()
  try {
    const runtime = await createRuntime({ ...placeIn(cwd, providers), plugins: [notebook(notes)] })
    const begun = performance.now()
    const logs = await Promise.all(
      Array.from({ length: options.sessions }, (_, at) => work(runtime, tasksOf(options, at)))
    ).finally(runtime.close)
    const seconds = (performance.now() - begun) / 1000
    return judge({ options, logs, notes, accounts: withEarly(providers, watch.early), seconds })
  } finally {
    watch.stop()
    rmSync(cwd, { recursive: true, force: true })
  }
}

const placeIn = (cwd: string, { url }: Providers): Parameters<typeof createRuntime>[0] => ({
  cwd,
  data: join(cwd, "data"),
  env: {
    PATH: process.env.PATH,
    ANTHROPIC_API_KEY: "none",
    ANTHROPIC_BASE_URL: url("messages"),
    OPENAI_API_KEY: "none",
    OPENAI_BASE_URL: url("responses"),
    LITELLM_PROXY_API_BASE: url("chat")
  },
  model: chain[0],
  settings: {
    llm: { fallback: chain.slice(1), idle_timeout: 0.5, timeout: 20, max_retries: 3 },
    permissions: { mode: "auto" }
  }
})

/** An effect that shows when it is made twice. */
const notebook = (notes: Map<number, number>) =>
  definePlugin({
    name: "notebook",
    tools: [
      defineTool({
        name: "note",
        description: "Note a task.",
        risk: "write",
        input: { type: "object", properties: { task: { type: "number" } }, required: ["task"] },
        execute: (input) => {
          const number = Number(fields(input).task)
          notes.set(number, (notes.get(number) ?? 0) + 1)
          return `noted ${number}!`
        }
      })
    ]
  })

const tasksOf = ({ turns, sessions }: NightOptions, at: number): ReadonlyArray<number> =>
  Array.from({ length: turns }, (_, task) => task).filter((task) => task % sessions === at)

interface Log {
  readonly ends: ReadonlyMap<number, ReadonlyArray<TerminalNotice>>
  readonly answeredBy: ReadonlyArray<string>
  readonly longest: number
  readonly misremembered: number
}

const work = async (runtime: Runtime, tasks: ReadonlyArray<number>): Promise<Log> => {
  await using session = await runtime.open({ unattended: true })
  const ends = new Map<number, Array<TerminalNotice>>()
  const answeredBy: Array<string> = []
  let task = -1
  session.events.subscribe((notice) => {
    if (notice.type === "agent.said") answeredBy.push(notice.message.model)
    if (notice.type === "agent.replied" || notice.type === "agent.failed" || notice.type === "agent.cancelled")
      ends.set(task, [...(ends.get(task) ?? []), notice])
  })
  let longest = 0
  for (task of tasks) {
    const begun = performance.now()
    await session.ask(`task ${task}!`)
    longest = Math.max(longest, performance.now() - begun)
  }
  const said = [...runtime.journal.read(session.id)].flatMap(({ event }) =>
    event.type === "user.message" ? [textOf({ role: "user", id: event.id, content: event.content })] : []
  )
  const misremembered = tasks.filter((one) => said.filter((text) => text === `task ${one}!`).length !== 1).length
  return { ends, answeredBy, longest, misremembered: misremembered + unpairedIn(session.view().transcript) }
}

/** Calls of a conversation that have not exactly one answer. */
const unpairedIn = (transcript: ReturnType<Awaited<ReturnType<Runtime["open"]>>["view"]>["transcript"]): number =>
  transcript
    .flatMap(callsOf)
    .filter(({ id }) => transcript.filter((message) => message.role === "tool" && message.callId === id).length !== 1)
    .length

/** Beside what each provider saw, the requests that were sent to it before the time it had asked for. */
const withEarly = ({ accounts }: Providers, early: Readonly<Record<string, number>>): Night["providers"] =>
  Object.fromEntries(Object.entries(accounts).map(([name, account]) => [name, { ...account, early: early[name] ?? 0 }]))

interface Evidence {
  readonly options: NightOptions
  readonly logs: ReadonlyArray<Log>
  readonly notes: ReadonlyMap<number, number>
  readonly accounts: Night["providers"]
  readonly seconds: number
}

const judge = ({ options, logs, notes, accounts, seconds }: Evidence): Night => {
  const ends = new Map(logs.flatMap((log) => [...log.ends]))
  const tasks = Array.from({ length: options.turns }, (_, task) => task)
  const wrong = tasks.flatMap((task) => complaints(task, ends.get(task)?.[0], notes.get(task) ?? 0))
  const unended = tasks.filter((task) => ends.get(task)?.length !== 1).length
  const all = [...ends.values()].flat()
  const misremembered = logs.reduce((sum, log) => sum + log.misremembered, 0)
  const broken = Object.values(accounts).some(({ early, unpaired }) => early + unpaired > 0)
  return {
    ...options,
    seconds,
    replied: all.filter(({ type }) => type === "agent.replied").length,
    failed: countBy(all.flatMap((end) => (end.type === "agent.failed" ? [end.failure.code] : []))),
    unended,
    wrong,
    misremembered,
    answeredBy: countBy(logs.flatMap((log) => log.answeredBy)),
    longestTurn: Math.round(Math.max(...logs.map(({ longest }) => longest))),
    providers: accounts,
    isKept: unended === 0 && wrong.length === 0 && misremembered === 0 && !broken
  }
}

const complaints = (task: number, end: TerminalNotice | undefined, noted: number): ReadonlyArray<string> => {
  if (noted > 1) return [`task ${task} was noted ${noted} times`]
  if (end?.type !== "agent.replied") return []
  if (end.text !== `task ${task} is done`) return [`task ${task} was answered ${JSON.stringify(end.text)}`]
  return noted === 1 ? [] : [`task ${task} was not noted`]
}

const countBy = (names: ReadonlyArray<string>): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, { length }]) => [name, length]))
