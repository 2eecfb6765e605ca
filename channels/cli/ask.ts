/** Permission questions of `run` in a terminal: what will happen, then one key. */
import { once } from "node:events"
import { createInterface } from "node:readline/promises"
import { concatMap, filter, type Subscription } from "rxjs"
import type { Session } from "../../actors/session-host.ts"
import type { Question } from "../../machines/events.ts"
import type { Io } from "./io.ts"
import { oneLine, printable } from "./printable.ts"
import { headline } from "./progress.ts"

type Decision = "allow" | "always" | "deny"

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
      concatMap(async (question) => ({ id: question.id, decision: await ask(io, question) }))
    )
    .subscribe((answer) => session.send({ type: "permission.answered", ...answer }))

const ask = async (io: Io, { tool, input, preview, rule, agent }: Question): Promise<Decision> => {
  const { reveal } = await import("../terminal/text/text.ts")
  const shown = preview.diff ?? preview.command ?? preview.url
  const what = [preview.summary, shown].filter(Boolean).join("\n") || JSON.stringify(input, null, 2)
  const who = agent === undefined ? "" : `subagent ${oneLine(printable(agent), 80)}: `
  io.stderr.write(`\n${who}${headline({ name: tool, input })}\n${reveal(what)}\n`)
  const lines = createInterface({ input: io.stdin, output: io.stderr })
  // While a line is read the terminal sends the key and not the signal.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"))
  const question = lines.question(`Allow it? [y] once  [a] always (${reveal(rule)})  [n] no: `)
  // The end of the input, or ctrl-D, is no answer.
  const said = await Promise.race([question.catch(() => ""), once(lines, "close").then(() => "")])
  lines.close()
  return decisions.get(said.trim().toLowerCase()) ?? "deny"
}
