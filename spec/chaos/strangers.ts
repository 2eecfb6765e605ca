/**
 * Ten plugins that misbehave beside three that work, in one runtime: `FOLDER` is where it works. One
 * session calls all of them, another only those that work. Tells as JSON what came of each call, and what is left.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { createRuntime } from "../../actors/runtime.ts"
import * as Stream from "effect/Stream"
import { textOf } from "../../llm/message.ts"
import type { Model } from "../../llm/model.ts"
import type { AgentNotice } from "../../machines/events.ts"
import type { Answer } from "../../plugins/tool.ts"
import { type Play, played } from "../actors/played-model.ts"
import { descendants, type Footprint, footprint } from "./footprint.ts"

/** Healthy tools, and what each must answer. */
const works: Readonly<Record<string, (n: number) => string>> = {
  double: (n) => String(n * 2),
  reverse: (n) => String(n).split("").toReversed().join(""),
  sum: (n) => String((n * (n + 1)) / 2)
}

/** Tools that misbehave, by the name of their plugin. */
export const misbehaving = [
  "loop",
  "exit",
  "heap",
  "rejection",
  "flood",
  "output",
  "never_starts",
  "throws_at_load",
  "hanging_hook",
  "buffers"
]

/** Those whose plugin is never ready, so that no model is told of them. */
const neverThere = ["never_starts", "throws_at_load"]

/** What one session saw. */
export interface Seen {
  /** Healthy calls that were answered, and how many of them rightly. */
  readonly healthy: { readonly answered: number; readonly right: number }
  /** Answers of the others, by tool, each in one line. */
  readonly others: Readonly<Record<string, ReadonlyArray<string>>>
  readonly end: AgentNotice["type"]
}

export interface Told {
  readonly sessions: ReadonlyArray<Seen>
  readonly before: Footprint
  readonly after: Footprint
  /** What health says of each plugin at the end. */
  readonly plugins: Readonly<Record<string, string>>
  /** Processes below this one when the runtime was closed. */
  readonly left: number
}

const call = (name: string, n: number) => ({ id: `${name}-${n}`, name, input: { n } })

/** Seven replies that ask for 35 healthy calls each, the third for these, too. */
const plays = (misbehaves: ReadonlyArray<string>): ReadonlyArray<Play> => {
  const [rounds, each] = [7, 35]
  const tools = Object.keys(works)
  const replies = Array.from({ length: rounds }, (_, round) => {
    const healthy = Array.from({ length: each }, (_, k) => call(tools[k % tools.length] ?? "", round * each + k))
    const others = round === 2 ? misbehaves.map((name) => call(name, round)) : []
    return { calls: [...healthy, ...others].toSorted((one, other) => one.id.localeCompare(other.id)) }
  })
  return [...replies, "done"]
}

const [folder = ""] = process.argv.slice(2)
const strangers = join(import.meta.dirname, "fixtures")
/** What is played to the session that was told this. */
const scripts = new Map<string, Model>()

const model: Model = {
  id: "played/one",
  info: { contextWindow: 1_000_000 },
  respond: (request) => {
    const [told] = request.messages
    return scripts.get(told === undefined ? "" : textOf(told))?.respond(request) ?? Stream.die("nobody wrote a script")
  }
}

/** Opens a session, lets it make its calls, closes it. */
const live = async (name: string, script: ReadonlyArray<Play>): Promise<Seen> => {
  scripts.set(name, played(script))
  const session = await runtime.open({ unattended: true })
  const others: Record<string, Array<string>> = {}
  let [answered, right] = [0, 0]
  session.events.subscribe((notice) => {
    if (notice.type !== "agent.settled") return
    const { call, answer } = notice
    const { n } = call.input as { n: number } // ours
    const expected = works[call.name]?.(n)
    if (expected === undefined) return void (others[call.name] ??= []).push(lineOf(answer))
    answered += 1
    if (answer.success && answer.data === expected) right += 1
  })
  const end = await session.ask(name)
  await session.close()
  // It is in memory, where nobody waits for a disk.
  runtime.journal.delete(session.id)
  scripts.delete(name)
  return { healthy: { answered, right }, others, end: end.type }
}

const lineOf = ({ success, outcome, errorClass, error, data }: Answer): string =>
  [success ? "answered" : "failed", outcome, errorClass, error ?? String(data)].filter(Boolean).join(" ").slice(0, 300)

const runtime = await createRuntime({
  cwd: folder,
  model,
  plugins: readdirSync(strangers).map((name) => join(strangers, name)),
  settings: { permissions: { mode: "auto" }, plugins: { hook_timeout: 1 }, healing: { use_model: false } },
  env: {}
})

const both = (misbehaves: ReadonlyArray<string>) =>
  Promise.all([live("all", plays(misbehaves)), live("those that work", plays([]))])

/** A machine that is busy may take longer to start them than a session waits for them. */
const allThere = async () => {
  await using session = await runtime.open()
  const expected = [...Object.keys(works), ...misbehaving].filter((name) => !neverThere.includes(name))
  while (!expected.every((name) => session.view().tools.some((tool) => tool.name === name))) await sleep(20)
}

await allThere()
// The first time loads what is needed once, compiles, and begins as many lanes as there are calls at once.
// What floods is part of it: the pages that it makes V8 take once stay with the process.
await both(["exit", "flood", "output"])
const before = await footprint()
// 500 calls.
const sessions = await both(misbehaving)
const after = await footprint()
const plugins = Object.fromEntries(
  runtime.plugins.list().map(({ name, state, reason }) => [name, `${state} ${reason}`])
)
await runtime.close()
const told: Told = { sessions, before, after, plugins, left: descendants().length }
process.stdout.write(JSON.stringify(told, null, 2))
