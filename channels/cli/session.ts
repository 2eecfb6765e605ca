/** `kintsugi session`: what the journal holds. */
import { rmSync } from "node:fs"
import { Command } from "commander"
import { replay } from "../../actors/agent.ts"
import { folders, homeOf, journalFile, outputFolder, type Place } from "../../actors/folders.ts"
import { JournalError, type Journal, type SessionInfo } from "../../actors/journal.ts"
import { openJournal } from "../../actors/journal/sqlite-journal.ts"
import { forgetSessions } from "../../actors/store/forget.ts"
import { readTree } from "../../actors/session-tree.ts"
import { callsOf, type ImageBlock, textOf, type Message, type ToolMessage } from "../../llm/message.ts"
import type { PluginNews, SeamNews } from "../../machines/events.ts"
import { answerIn } from "../../machines/transcript.ts"
import { isOutcome, labelOf, lossesOf, outcomes, stateOf } from "../../plugins/outcome.ts"
import type { Outcome } from "../../plugins/tool.ts"
import { imageLabels } from "../attachments.ts"
import { continuedIn, typedText } from "../shown-words.ts"
import { markOf, newsLine } from "./answer-lines.ts"
import { CliError, type Io } from "./io.ts"
import { printable } from "./printable.ts"
import { headline } from "./progress.ts"
import { seamLines } from "./seam-lines.ts"

export const sessionCommand = (io: Io): Command => {
  const group = new Command("session").description("list, show, draw, export and delete sessions")
  const line = (text: string) => io.stdout.write(`${text}\n`)

  group
    .command("list")
    .description("sessions of this folder, newest first")
    .option("--all", "of every folder, and of every user of a channel")
    .option("--tasks", "those of subagents, too")
    .option("--json")
    .action(({ all, tasks, json }: { all?: true; tasks?: true; json?: true }) =>
      withJournal(io, (journal) => {
        const sessions = journal.list({ ...(all ? { everyone: true } : { cwd: io.cwd }), children: tasks })
        if (json)
          return line(
            JSON.stringify(
              sessions.map((session) => withOutcomes(journal, session)),
              null,
              2
            )
          )
        if (sessions.length === 0)
          io.stderr.write(`No sessions ${all ? "yet" : "in this folder; --all shows every folder's"}.\n`)
        for (const session of sessions) line(row(session, forksOf(journal, session), all))
      })
    )

  group
    .command("show")
    .description("a session's conversation, as it stands")
    .argument("<session>", "id, the beginning of one, or latest")
    .option("--json")
    .action((id: string, { json }: { json?: true }) =>
      withJournal(io, (journal) => {
        const session = need(journal, io, id)
        const { transcript, spent } = replay(journal.read(session.id)).context
        const plugins = newsIn(journal, session.id)
        const healed = seamsIn(journal, session.id)
        const seams = healed.map(({ news }) => news)
        if (json) return line(JSON.stringify({ ...session, transcript, spent, plugins, seams }, named, 2))
        const { parent } = session
        line(`${session.id} · ${session.cwd} · ${session.model}${parent ? ` · task of ${parent.session}` : ""}\n`)
        const answers = new Set(transcript.map((message) => (message.role === "tool" ? message.callId : undefined)))
        const tell = (isHere: (before: string | undefined) => boolean) => {
          for (const { news, before } of healed) if (isHere(before)) seamLines(news).forEach(line)
        }
        for (const message of transcript) {
          if (message.role === "tool") tell((before) => before === message.callId)
          line(readable(message))
        }
        tell((before) => before === undefined || !answers.has(before))
        for (const news of plugins) line(newsLine(news))
      })
    )

  group
    .command("tree")
    .description("all that was said in a session, with every branch")
    .argument("<session>", "id, the beginning of one, or latest")
    .option("--json")
    .action(async (id: string, { json }: { json?: true }) => {
      const { pointRows } = await import("../terminal/screen/points.ts")
      withJournal(io, (journal) => {
        const { nodes } = readTree(journal, need(journal, io, id).id)
        if (json) return line(JSON.stringify(nodes, null, 2))
        if (nodes.length === 0) io.stderr.write("Nothing was said in it yet.\n")
        for (const { label, note } of pointRows(nodes, Date.now())) line(`${label}  ${note}`)
      })
    })

  group
    .command("export")
    .description("the events that lead to where a session stands, as JSON lines or as a page")
    .argument("<session>", "id, the beginning of one, or latest")
    .option("--all", "those of every branch, in the order in which they were written")
    .option("--images", "with the data of images, which are named otherwise")
    .option("--jsonl", "as JSON lines: the default")
    .option("--html", "as one page for people, with its images; it needs no network")
    .action(async (id: string, { all, images, html }: { all?: true; images?: true; html?: true }) => {
      if (html)
        return (await import("./session-page.ts")).writePage(io, (journal) => need(journal, io, id), all === true)
      withJournal(io, (journal) => {
        const session = need(journal, io, id).id
        for (const event of all ? journal.readAll(session) : journal.read(session))
          line(JSON.stringify(event, images ? undefined : named))
      })
    })

  group
    .command("delete")
    .description("delete sessions for good")
    .argument("<session...>", "ids or beginnings of them")
    .action((ids: ReadonlyArray<string>) =>
      withJournal(io, (journal) => {
        for (const session of ids.map((id) => need(journal, io, id))) {
          const gone = journal.delete(session.id)
          const { data } = folders(placeOf(io))
          forgetSessions(data, gone)
          for (const one of gone) rmSync(outputFolder(data, one), { recursive: true, force: true })
          const tasks = gone.length > 1 ? `, and ${gone.length - 1} of its subagents` : ""
          io.stderr.write(`Deleted ${session.id} (${session.title})${tasks}.\n`)
        }
      })
    )

  return group
}

/** For `JSON.stringify`: an image by its name and size instead of megabytes of Base64. */
const named = (_: string, value: unknown): unknown =>
  isImage(value) ? { ...value, data: imageLabels([value])[0] } : value

const isImage = (value: unknown): value is ImageBlock =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  value.type === "image" &&
  "mime" in value &&
  "data" in value &&
  typeof value.data === "string"

const placeOf = (io: Io): Place => ({ env: io.env, home: homeOf(io.env) })

const withJournal = (io: Io, use: (journal: Journal) => void): void => {
  const journal = openJournal(journalFile(placeOf(io)))
  try {
    use(journal)
  } finally {
    journal.close()
  }
}

const need = (journal: Journal, io: Io, id: string): SessionInfo => {
  const session = id === "latest" ? journal.list({ cwd: io.cwd, limit: 1 })[0] : journal.find(id, { everyone: true })
  if (session === undefined) throw new CliError(1, `there is no session ${id}; see: kintsugi session list --all`)
  return session
}

/** Points that have a name. */
const forksOf = (journal: Journal, { id }: SessionInfo): number => journal.points(id).labels.length

/** A session with how many of its answers are in which state: `{}` when nothing broke, `null` when it cannot be read. */
const withOutcomes = (journal: Journal, info: SessionInfo) => {
  const session = { ...info, forks: forksOf(journal, info) }
  const outcomes: Partial<Record<Outcome, number>> = {}
  try {
    for (const { event } of journal.readAll(session.id)) {
      const state = event.type === "tool.settled" ? stateOf(event.answer) : undefined
      if (state !== undefined) outcomes[state] = (outcomes[state] ?? 0) + 1
    }
    return { ...session, outcomes }
  } catch (error) {
    // One session that is damaged does not hide the others.
    if (error instanceof JournalError) return { ...session, outcomes: null }
    throw error
  }
}

/** What happened to plugins while the session was open. */
const newsIn = (journal: Journal, id: string): ReadonlyArray<PluginNews> =>
  [...journal.read(id)].flatMap(({ event }) => {
    if (event.type !== "plugin.changed") return []
    const { plugin, state, reason } = event
    return [{ plugin, state, reason }]
  })

/** What was mended while it was open, and the call whose answer came next. */
const seamsIn = (
  journal: Journal,
  id: string
): ReadonlyArray<{ readonly news: SeamNews; readonly before: string | undefined }> => {
  const events = [...journal.read(id)].map(({ event }) => event)
  return events.flatMap((event, at) => {
    if (event.type !== "seam.made") return []
    const { type: _, ...news } = event
    const next = events.slice(at).find((later) => later.type === "tool.settled")
    return [{ news, before: next?.callId }]
  })
}

const row = (session: SessionInfo, forks: number, withFolder: true | undefined): string => {
  const { id, cwd, title, updatedAt, messages, parent, owner } = session
  return [
    id,
    new Date(updatedAt).toISOString().slice(0, 16).replace("T", " "),
    `${messages} messages`,
    ...(forks === 0 ? [] : [forks === 1 ? "1 fork" : `${forks} forks`]),
    ...(parent === undefined ? [] : [`task of ${parent.session}`]),
    ...(owner === undefined ? [] : [printable(`of ${owner}`)]),
    ...(withFolder ? [cwd] : []),
    title
  ].join("  ")
}

const readable = (message: Message): string => {
  const text = printable(textOf(message).trim())
  const pictures = imageLabels(message.content).map((label) => `  ${printable(label)}`)
  switch (message.role) {
    case "user": {
      if (message.from !== undefined) return `${printable(continuedIn(message))}\n`
      return [`> ${printable(typedText(message).trim())}`, ...pictures, ""].join("\n")
    }
    case "assistant":
      return (
        [text, ...callsOf(message).map((call) => `→ ${headline(call)}`)].filter(Boolean).join("\n") +
        (message.interrupted ? " [interrupted]" : "")
      )
    case "tool":
      return [answered(message), ...pictures.map((label) => `  ${label}\n`)].join("")
  }
}

/** `✗ word_count  S0 contained, execution_error`, what was lost, and the answer. */
const answered = (message: ToolMessage): string => {
  const answer = answerIn(message)
  const { data, error, errorClass, outcome } = answer
  const state = isOutcome(outcome) ? `${outcomes[outcome].code} ${labelOf(answer)}` : errorClass
  const head = `${markOf(answer)} ${message.name}${state === undefined ? "" : `  ${state}`}`
  const losses = lossesOf(answer).map((loss) => `lost: ${loss}`)
  const body = [...losses, String(data ?? error ?? "").trim()].join("\n")
  return `${printable(head)}\n${printable(body).replace(/^/gm, "    ")}\n`
}
