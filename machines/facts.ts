/**
 * What the program itself knows of a conversation, so that no summary has to remember it: files that were changed, what
 * commands came to, the newest plan, jobs, calls that were cut off, skills that were loaded.
 *
 * Read from the calls and their answers alone, so that replay knows the same; reading a message twice changes nothing.
 */
import { callsOf, textOf, type ToolCall, type ToolMessage } from "../llm/message.ts"
import { type PlanView, planIn } from "../plugins/plan-view.ts"
import { followedIn, repeatedText, useSkill } from "../plugins/skill-text.ts"
import type { Answer } from "../plugins/tool.ts"
import type { Background } from "./background.ts"
import type { Transcript } from "./events.ts"
import { answerIn } from "./transcript.ts"

/** Each list from the oldest to the newest, without repetitions. */
export interface Facts {
  /** Paths as the model gave them. */
  readonly files: ReadonlyArray<string>
  readonly commands: ReadonlyArray<Result>
  /** Background jobs, as they were seen last. */
  readonly jobs: ReadonlyArray<Result>
  /** Calls of which nobody knows what they did. */
  readonly unknown: ReadonlyArray<string>
  readonly skills: ReadonlyArray<string>
  /** Those that are followed, with their words as far as they are kept. */
  readonly followed: ReadonlyArray<Followed>
  readonly plan?: PlanView
}

/** What was done, and what came of it. */
interface Result {
  readonly what: string
  readonly came: string
}

interface Followed {
  readonly name: string
  readonly text: string
}

export const noFacts: Facts = { files: [], commands: [], jobs: [], unknown: [], skills: [], followed: [] }

/** How many of each are kept, and characters of one. */
const most = { files: 60, commands: 12, jobs: 10, unknown: 5, skills: 20, steps: 20, text: 160 } as const

/** Skills whose words are kept, characters of one, and of all: some 6,000 tokens, which even a small window bears. */
const mostWords = { skills: 5, one: 10_000, all: 24_000 }

/** With what these messages tell. */
export const factsIn = (transcript: Transcript, before: Facts): Facts => {
  const calls = new Map<string, ToolCall>()
  let facts = before
  for (const message of transcript) {
    for (const call of callsOf(message)) calls.set(call.id, call)
    const call = message.role === "tool" ? calls.get(message.callId) : undefined
    if (message.role === "tool" && call !== undefined) facts = learnt(facts, call, message)
    const skill = skillOf(message)
    if (skill !== undefined) facts = { ...facts, followed: withSkill(facts.followed, skill) }
  }
  return facts
}

/** The skill that a message is about: the user asked for it, or the model used it. */
const skillOf = (message: Transcript[number]): Followed | undefined => {
  if (message.role === "assistant") return undefined
  if (message.role === "tool" && (message.name !== useSkill || !message.success)) return undefined
  const found = followedIn(message.role === "tool" ? textIn(message) : textOf(message))
  return found === undefined ? undefined : { name: found.name, text: found.text }
}

/** The newest last. One that only points to what was said before has its words from there. */
const withSkill = (all: Facts["followed"], { name, text }: Followed): Facts["followed"] => {
  const words = text === "" ? all.find((one) => one.name === name)?.text : shortened(text, name)
  if (words === undefined) return all
  const rest = all.filter((one) => one.name !== name).slice(1 - mostWords.skills)
  let room = mostWords.all
  return [...rest, { name, text: words }]
    .toReversed()
    .filter(({ text }) => (room -= text.length) >= 0)
    .toReversed()
}

const shortened = (text: string, name: string): string =>
  text.length <= mostWords.one
    ? text
    : `${text.slice(0, mostWords.one)}\n[cut; get_skill ${name} gives all of it]\n</skill>`

/** A skill that is used again, word for word, takes no more room: what stands in the conversation is pointed to. */
export const saidOnce = (transcript: Transcript, { name }: ToolCall, answer: Answer): Answer => {
  const { success, data } = answer
  if (name !== useSkill || !success || typeof data !== "string" || followedIn(data) === undefined) return answer
  const stands = transcript.some((message) => message.role !== "assistant" && skillOf(message)?.text.startsWith(data))
  return stands ? { ...answer, data: repeatedText(data) } : answer
}

/** Names of the skills whose words stand in these messages. */
export const skillsIn = (transcript: Transcript): ReadonlyArray<string> =>
  transcript.flatMap((message) => {
    const skill = skillOf(message)
    return skill === undefined || skill.text === "" ? [] : [skill.name]
  })

const learnt = (facts: Facts, { name, input }: ToolCall, answer: ToolMessage): Facts => {
  const { path, command, id, background, dry_run } = fieldsOf(input)
  const told = withPlan(facts, answer)
  if (answer.errorClass === "interrupted" || answer.errorClass === "cancelled") {
    // What did not run did nothing.
    const isOpen = /state unknown|may be partial/.test(textIn(answer))
    const words = `${name} ${String(path ?? command ?? "")}`.trim()
    return isOpen ? { ...told, unknown: added(told.unknown, line(words), most.unknown) } : told
  }
  if ((name === "write_file" || name === "edit_file") && typeof path === "string" && answer.success && dry_run !== true)
    return { ...told, files: added(told.files, line(path), most.files) }
  if (name === "execute_bash" && typeof command === "string" && background !== true)
    return { ...told, commands: put(told.commands, { what: line(command), came: cameOf(answer) }, most.commands) }
  if (name === "execute_bash" || name === "job_output" || name === "job_stop")
    return { ...told, jobs: seenJob(told.jobs, answer, String(id ?? "")) }
  const skill = fieldsOf(input).name
  if ((name === "get_skill" || name === useSkill) && typeof skill === "string" && answer.success)
    return { ...told, skills: added(told.skills, line(skill), most.skills) }
  return told
}

const fieldsOf = (input: unknown): Readonly<Record<string, unknown>> =>
  typeof input === "object" && input !== null ? { ...input } : {}

const textIn = (message: ToolMessage): string => {
  const { data, error } = answerIn(message)
  return `${error ?? ""}${typeof data === "string" ? data : ""}`
}

const cameOf = (answer: ToolMessage): string =>
  answer.success ? "exit code 0" : line(textIn(answer).split("\n", 1)[0] ?? "")

/** `[job-1 (npm start): running, 0.5 s]` begins what is said of a job. */
const seenJob = (jobs: Facts["jobs"], answer: ToolMessage, asked: string): Facts["jobs"] => {
  const [, id, what = "", state = ""] = /^\[(\S+) \((.*)\): (\w+)/.exec(textIn(answer)) ?? []
  if (id === undefined) return answer.success ? jobs : jobs.filter((one) => !one.what.startsWith(`${asked} `))
  const rest = jobs.filter((one) => !one.what.startsWith(`${id} `))
  return state === "running" ? put(rest, { what: line(`${id} (${what})`), came: state }, most.jobs) : rest
}

const withPlan = (facts: Facts, answer: ToolMessage): Facts => {
  const text = textIn(answer)
  const plan = text.startsWith("{") && text.includes('"plan"') ? planIn({ data: parsed(text) }) : undefined
  if (plan === undefined) return facts
  const { plan: _, ...rest } = facts
  return plan === null ? rest : { ...rest, plan }
}

/** Long answers are cut, so that it may be no JSON any more. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const line = (text: string): string => {
  const one = text.replace(/\s+/g, " ").trim()
  return one.length > most.text ? `${one.slice(0, most.text - 1)}…` : one
}

const added = (all: ReadonlyArray<string>, one: string, limit: number): ReadonlyArray<string> =>
  [...all.filter((other) => other !== one), one].slice(-limit)

const put = (all: ReadonlyArray<Result>, one: Result, limit: number): ReadonlyArray<Result> =>
  [...all.filter(({ what }) => what !== one.what), one].slice(-limit)

/**
 * As the model reads them below its summary; empty when there are none.
 *
 * @param standing Skills whose words stay in the conversation, so that they are not said twice.
 */
export const factLines = (
  { files, commands, jobs, unknown, skills, followed, plan }: Facts,
  background: ReadonlyArray<Background>,
  standing: ReadonlyArray<string> = []
): string => {
  const running = background.filter(({ state }) => state === "running")
  const came = ({ what, came }: Result) => `${what}: ${came}`
  const parts = [
    section("Files changed", files),
    section("Commands and their newest results", commands.map(came)),
    section("Background jobs when last looked at", jobs.map(came)),
    section(
      "Agents in the background that still run; their results come by themselves",
      running.map((one) => line(`${one.id} ${one.description}`))
    ),
    section("Calls that were cut off; look at their effects before repeating them", unknown),
    section("Skills in use; load one again when you need its words", skills),
    plan === undefined
      ? ""
      : section(
          `Plan: ${line(plan.goal)}`,
          plan.steps.slice(0, most.steps).map(({ id, text, state }) => line(`${id} [${state}] ${text}`))
        ),
    ...followed.filter(({ name }) => !standing.includes(name)).map(({ text }) => `Used:\n${text}`)
  ].filter((part) => part !== "")
  return parts.length === 0 ? "" : [intro, ...parts].join("\n")
}

const intro = "What the program itself recorded, whatever the summary says:"

const section = (title: string, lines: ReadonlyArray<string>): string =>
  lines.length === 0 ? "" : [`${title}:`, ...lines.map((one) => `- ${one}`)].join("\n")
