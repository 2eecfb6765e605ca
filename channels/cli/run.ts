/** `kintsugi run`: one task, its progress on standard error, its result on standard output, an exit code that says how it went. */
import { resolve } from "node:path"
import { text as readAll } from "node:stream/consumers"
import { tap } from "rxjs"
import { homeOf } from "../../actors/folders.ts"
import type { Session } from "../../actors/session-host.ts"
import type { Runtime } from "../../actors/runtime.ts"
import type { AgentNotice, Failure, TerminalNotice } from "../../machines/events.ts"
import { nothingSpent } from "../../machines/spending.ts"
import { outcomes, stateOf } from "../../plugins/outcome.ts"
import type { Outcome } from "../../plugins/tool.ts"
import type { Content, From } from "../attachments.ts"
import { readCommand, runIn, type TypedCommand } from "../command-line.ts"
import { newsLine } from "./answer-lines.ts"
import { askInTerminal } from "./ask.ts"
import { blindness } from "./blindness.ts"
import { CliError, type Io } from "./io.ts"
import { lastEnd } from "./last-end.ts"
import { lookable } from "./lookable.ts"
import { jsonLines, jsonReport, notBegun } from "./json-report.ts"
import { sortFlags } from "./plugin-flags.ts"
import { printable, styled } from "./printable.ts"
import { progressLines } from "./progress.ts"
import type { Reporter } from "./reporter.ts"
import { seamLines } from "./seam-lines.ts"
import { type AgentOptions, prepare, requireModel, resumed } from "./runtime.ts"

export interface RunOptions extends AgentOptions {
  readonly output: OutputFormat
  /** Alias of `output`. */
  readonly mode?: OutputFormat
}

type OutputFormat = "text" | "json" | "stream-json"

export const runCommand = async (io: Io, task: string | undefined, options: RunOptions): Promise<void> => {
  const format = options.mode ?? options.output
  if (format === "text") return begin(io, task, options, () => {})
  let hasBegun = false
  try {
    await begin(io, task, options, () => (hasBegun = true))
  } catch (error) {
    // Whoever reads standard output is owed an object, also when there was no turn.
    if (!hasBegun) io.stdout.write(notBegun(format, failureOf(error), exitCodeOf(error)))
    throw error
  }
}

const exitCodeOf = (error: unknown): number => (error instanceof CliError ? error.exitCode : isConfig(error) ? 2 : 1)

const isConfig = (error: unknown): boolean => error instanceof Error && error.name === "ConfigError"

const failureOf = (error: unknown): Failure => {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof CliError) return { code: error.code, message }
  return { code: isConfig(error) ? "config" : "not_begun", message }
}

const begin = async (io: Io, task: string | undefined, options: RunOptions, begun: () => void): Promise<void> => {
  const text = await taskFrom(io, task)
  const content = await contentOf(io, text, { cwd: resolve(io.cwd, options.cd ?? "."), home: homeOf(io.env) })
  const prepared = await prepare(io, options)
  const { runtime, notices, settings } = prepared
  for (const notice of [...notices, ...sortFlags(runtime.plugins.flags()).clashes]) io.stderr.write(`${notice}\n`)
  const resume = resumed(options)
  const model = (): void => {
    if (resume !== undefined) return
    const { id, reason } = requireModel(prepared, io)
    io.stderr.write(`model: ${id} (${reason})\n`)
  }
  // What a plugin's command shows needs none, and which commands there are the session knows.
  const mayRun = readCommand(text) !== undefined
  if (!mayRun) model()
  const session = await runtime.open({ resume, unattended: !canAsk(io) })
  for (const notice of session.view().notices) io.stderr.write(`${notice}\n`)
  const typed = mayRun ? await typedIn(runtime, session, text) : undefined
  const format = options.mode ?? options.output
  if (typed !== undefined) {
    begun()
    const forget = async (): Promise<void> => {
      const isUnused = resume === undefined && session.view().transcript.length === 0
      await session.close()
      if (isUnused) runtime.journal.delete(session.id)
      await runtime.close()
    }
    return ended(await conductTyped(io, session, typed, format, forget))
  }
  if (mayRun) await orClose(runtime, model)
  for (const note of blindness(session.view(), content, settings.llm)) io.stderr.write(`${note}\n`)
  const looked = lookable(io, runtime)
  begun()
  const close = (): Promise<void> => runtime.close().finally(looked.close)
  ended(await conduct(io, session, content, format, close))
}

const ended = (code: number): void => {
  if (code !== 0) throw new CliError(code, "")
}

const orClose = async ({ close }: Pick<Runtime, "close">, act: () => void): Promise<void> => {
  try {
    act()
  } catch (error) {
    await close()
    throw error
  }
}

/** Milliseconds for MCP servers, whose prompts are commands as soon as they have told of them. */
const patience = 10_000

const typedIn = async ({ mcp }: Pick<Runtime, "mcp">, session: Session, text: string) => {
  const found = runIn(session.extensions, text)
  if (found !== undefined || readCommand(text)?.name.startsWith("mcp__") !== true) return found
  await mcp.settled(patience)
  return runIn(session.extensions, text)
}

/** Images that cannot be sent are a mistake in the task. */
const contentOf = async (io: Io, text: string, from: From): Promise<Content> => {
  if (!text.includes("@")) return [{ type: "text", text }]
  const { AttachmentError, contentWith } = await import("../attachments.ts")
  try {
    return await contentWith(text, from, (sentence) => io.stderr.write(`${printable(sentence)}\n`))
  } catch (error) {
    if (error instanceof AttachmentError) throw new CliError(2, error.message)
    throw error
  }
}

const canAsk = ({ stdin, stderr }: Io): boolean => Boolean(stdin.isTTY && stderr.isTTY)

const taskFrom = async (io: Io, task: string | undefined): Promise<string> => {
  if (task !== undefined && task !== "-") return task
  if (io.stdin.isTTY) throw new CliError(2, 'say what to do: kintsugi run "task"')
  const text = (await readAll(io.stdin)).trim()
  if (text === "") throw new CliError(2, 'there is no task: give it as kintsugi run "task" or on standard input')
  return text
}

/** One turn from its task to its exit code. Signals are heard until it is closed. */
export const conduct = async (
  io: Io,
  session: Session,
  said: string | Content,
  format: OutputFormat,
  close = (): Promise<void> => Promise.resolve()
): Promise<number> => {
  const out = reporter(io, session, format)
  const needed: Array<string> = []
  const broken: Array<Outcome> = []
  const note = (notice: AgentNotice): void => {
    needed.push(...permissionNeeded(notice))
    broken.push(...brokenBy(notice))
  }
  const told = session.events.pipe(tap(note)).subscribe(out.hear)
  const asked = askInTerminal(io, session)
  const stopped = Promise.withResolvers<void>()
  const signals = onSignals(session, stopped.resolve)
  try {
    const end = await lastEnd(session, said, stopped.promise)
    const code = signals.code() ?? exitCode(end, needed)
    out.end(end, { exitCode: code, needs: [...new Set(needed)] })
    if (code === 3) io.stderr.write(`${allowing(needed)}\n`)
    if (format === "text" && broken.length > 0)
      io.stderr.write(`${sumOf(broken)} (see: kintsugi session show ${session.id})\n`)
    if (format === "text") io.stderr.write(`go on with: kintsugi run -r ${session.id} "…"\n`)
    return code
  } finally {
    told.unsubscribe()
    asked.unsubscribe()
    await close().finally(signals.off)
  }
}

/** A plugin's command: what it shows is the answer, and no model is asked; what it says is the task. */
export const conductTyped = async (
  io: Io,
  session: Session,
  { name, argument }: TypedCommand,
  format: OutputFormat,
  close: () => Promise<void>
): Promise<number> => {
  const stop = new AbortController()
  const signals = onSignals(session, () => stop.abort())
  const remark = (text: string): void => void io.stderr.write(`${styled(io, "dim", printable(text.trimEnd()))}\n`)
  const result = await session.extensions
    .runCommand(name, argument, { signal: stop.signal, onProgress: remark })
    .finally(signals.off)
  const { show = "", say } = result
  const code = signals.code()
  if (code === undefined && say !== undefined) {
    if (show !== "") remark(show)
    return conduct(io, session, say, format, close)
  }
  const at = { messages: [], spent: nothingSpent }
  const end: TerminalNotice =
    code === undefined
      ? { type: "agent.replied", text: show, verified: false, ...at }
      : { type: "agent.cancelled", ...at }
  reporter(io, session, format).end(end, { exitCode: code ?? 0, needs: [] })
  if (code === undefined && show === "") io.stderr.write(`/${name}: done\n`)
  await close()
  return code ?? 0
}

const reporter = (io: Io, session: Session, format: OutputFormat): Reporter => {
  if (format === "json") return withNews(io, jsonReport(io, session))
  if (format === "text") return progressLines(io)
  return jsonLines(io, session)
}

/** The report stands alone on standard output; what happens to plugins, and what is mended, is told while it happens, too. */
const withNews = (io: Io, { hear, end }: Reporter): Reporter => ({
  hear: (notice) => {
    if (notice.type === "agent.plugin") io.stderr.write(`${newsLine(notice)}\n`)
    if (notice.type === "agent.warned") io.stderr.write(`${printable(notice.failure.message)}\n`)
    if (notice.type === "agent.healed") for (const text of seamLines(notice)) io.stderr.write(`${text}\n`)
    hear(notice)
  },
  end
})

const brokenBy = (notice: AgentNotice): ReadonlyArray<Outcome> => {
  const state = notice.type === "agent.settled" ? stateOf(notice.answer) : undefined
  return state === undefined ? [] : [state]
}

/** `2 answers contained, 1 degraded`, what is worst first. */
const sumOf = (broken: ReadonlyArray<Outcome>): string => {
  const worstFirst = ["false_heal", "contained", "degraded", "provisional", "healed"] as const
  const counts = worstFirst.map((state) => ({ state, count: broken.filter((one) => one === state).length }))
  return counts
    .filter(({ count }) => count > 0)
    .map(
      ({ state, count }, at) => `${count}${at > 0 ? "" : count === 1 ? " answer" : " answers"} ${outcomes[state].word}`
    )
    .join(", ")
}

/** Rules that would have let refused calls through. */
const permissionNeeded = (notice: AgentNotice): ReadonlyArray<string> => {
  if (notice.type === "agent.background") return notice.result?.needs ?? []
  if (notice.type === "agent.failed" || notice.type === "agent.warned")
    return notice.failure.needs === undefined ? [] : [notice.failure.needs]
  return notice.type === "agent.settled" && notice.answer.needs !== undefined ? [notice.answer.needs] : []
}

const exitCode = (end: TerminalNotice, needed: ReadonlyArray<string>): number => {
  if (end.type === "agent.cancelled") return 130
  if (end.type === "agent.failed" && end.failure.needs !== undefined) return 3
  if (end.type === "agent.failed") return end.failure.code === "not_configured" ? 2 : 1
  return end.verified || needed.length === 0 ? 0 : 3
}

const allowing = (needed: ReadonlyArray<string>): string =>
  `Permission was needed for: ${[...new Set(needed)].map(inOneLine).join(", ")}. Run with -y (all), --permissions edits, or add these to permissions.allow.`

/** As a configuration file takes it: several commands of one text are a rule of several lines. */
const inOneLine = (rule: string): string => (/[\n\r\t]/.test(rule) ? JSON.stringify(rule) : rule)

/** Ctrl-C cancels the turn, so that everything is journalled and every process ends; again, and it ends at once. */
const onSignals = (session: Session, stopped: () => void) => {
  let code: number | undefined
  const hear = (name: keyof typeof signalCodes): void => {
    if (code !== undefined) process.exit(signalCodes[name])
    code = signalCodes[name]
    session.send({ type: "user.cancel" })
    stopped()
  }
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const
  for (const name of names) process.on(name, hear)
  return {
    code: () => code,
    off: () => {
      for (const name of names) process.off(name, hear)
    }
  }
}

const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
