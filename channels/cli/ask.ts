/** Permission questions of `run` in a terminal: what will happen, then one key. */
import { once } from "node:events"
import { createInterface } from "node:readline/promises"
import { concatMap, filter, type Subscription } from "rxjs"
import type { Session } from "../../actors/session-host.ts"
import { isTerminal } from "../../actors/session/said.ts"
import type { AgentNotice, Question, UserEvent } from "../../machines/events.ts"
import type { Io } from "./io.ts"
import { oneLine, printable } from "./printable.ts"
import { headline } from "./progress.ts"

type Answer = Omit<Extract<UserEvent, { type: "permission.answered" }>, "type" | "id">
type Decision = Answer["decision"]

const decisions = new Map<string, Decision>([
  ["y", "allow"],
  ["yes", "allow"],
  ["a", "always"],
  ["always", "always"]
])

/** Asks one question after another until unsubscribed. Without a terminal no question arrives: the session is unattended. */
export const askInTerminal = (io: Io, session: Session): Subscription =>
  session.events
    .pipe(
      filter((notice) => notice.type === "agent.asked"),
      concatMap(async (question) => ({ id: question.id, ...(await answerTo(io, session, question)) }))
    )
    .subscribe((answer) => session.send({ type: "permission.answered", ...answer }))

const answerTo = async (io: Io, session: Session, question: Question): Promise<Answer> => {
  const { inquiry, tool, agent } = question
  if (inquiry === undefined) return { decision: await ask(io, question) }
  // It may have been withdrawn while another one was asked.
  if (session.view().questions.every(({ id }) => id !== question.id)) return { decision: "deny" }
  const { inquireInTerminal } = await import("./inquire.ts")
  const withdrawn = new AbortController()
  const gone = session.events.pipe(filter((notice) => ends(notice, question))).subscribe(() => withdrawn.abort())
  const whose = agent === undefined ? tool : `${tool}, subagent ${agent}`
  const reply = await inquireInTerminal(io, inquiry, { signal: withdrawn.signal, whose })
  gone.unsubscribe()
  return reply.action === "accept" ? { decision: "allow", content: reply.content } : { decision: "deny" }
}

const ends = (notice: AgentNotice, { id, callId }: Question): boolean =>
  (notice.type === "agent.answered" && notice.id === id) ||
  (notice.type === "agent.settled" && notice.call.id === callId) ||
  isTerminal(notice)

const ask = async (io: Io, { tool, input, preview, rule, agent }: Question): Promise<Decision> => {
  const { reveal } = await import("../terminal/text/text.ts")
  const shown = preview.diff ?? preview.command ?? preview.url
  const what = [preview.summary, shown].filter(Boolean).join("\n") || JSON.stringify(input, null, 2)
  const who = agent === undefined ? "" : `subagent ${oneLine(printable(agent), 80)}: `
  io.stderr.write(`\n${who}${headline({ name: tool, input })}\n${reveal(what)}\n`)
  const lines = createInterface({ input: io.stdin, output: io.stderr })
  // While a line is read the terminal sends the key and not the signal.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"))
  const always = rule === "" ? "" : `[a] always (${reveal(rule)})  `
  const question = lines.question(`Allow it? [y] once  ${always}[n] no: `)
  // The end of the input, or ctrl-D, is no answer.
  const said = await Promise.race([question.catch(() => ""), once(lines, "close").then(() => "")])
  lines.close()
  return decisions.get(said.trim().toLowerCase()) ?? "deny"
}
