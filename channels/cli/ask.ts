/** Permission questions of `run` in a terminal: what will happen, then one key. */
import { createInterface } from "node:readline/promises"
import { concatMap, filter, type Subscription } from "rxjs"
import type { Session } from "../../actors/session-host.ts"
import type { Question } from "../../machines/events.ts"
import type { Io } from "./io.ts"
import { headline, printable } from "./progress.ts"

type Decision = "allow" | "always" | "deny"

/** Asks one question after another until unsubscribed. Without a terminal no question arrives: the session is unattended. */
export const askInTerminal = (io: Io, session: Session): Subscription =>
  session.events
    .pipe(
      filter((notice) => notice.type === "agent.asked"),
      concatMap(async (question) => ({ id: question.id, decision: await ask(io, question) }))
    )
    .subscribe((answer) => session.send({ type: "permission.answered", ...answer }))

const ask = async (io: Io, { tool, input, preview, rule }: Question): Promise<Decision> => {
  const what = preview.diff ?? preview.command ?? preview.url ?? preview.summary ?? JSON.stringify(input, null, 2)
  io.stderr.write(`\n${printable(`${headline({ name: tool, input })}\n${what}`)}\n`)
  const lines = createInterface({ input: io.stdin, output: io.stderr })
  // While a line is read the terminal sends the key and not the signal.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"))
  try {
    const question = `Allow it? [y] once  [a] always (${printable(rule)})  [n] no: `
    const said = (await lines.question(question)).trim().toLowerCase()
    return said === "y" || said === "yes" ? "allow" : said === "a" || said === "always" ? "always" : "deny"
  } finally {
    lines.close()
  }
}
