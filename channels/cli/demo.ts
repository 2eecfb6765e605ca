/** `kintsugi demo`: the whole agent on one small task; only the model is scripted. */
import { mkdtemp, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRuntime } from "../../actors/runtime.ts"
import { CliError, type Io } from "./io.ts"
import { progressLines } from "./progress.ts"

const task = "Create a script that prints the Fibonacci sequence"

export const demoCommand = async (io: Io): Promise<void> => {
  const cwd = await mkdtemp(join(tmpdir(), "kintsugi-demo-"))
  io.stderr.write(
    `A rehearsal: the model's words are scripted (scripted/rehearsal). The loop, the tools, the processes, the failing\ntest and its repair are real, in ${cwd}\n\n> ${task}\n`
  )
  await using runtime = await createRuntime({
    cwd,
    model: "scripted/rehearsal",
    env: io.env,
    settings: { permissions: { mode: "auto" } }
  })
  const session = await runtime.open({ unattended: true })
  const { hear, end } = progressLines(io)
  const told = session.events.subscribe(hear)
  const notice = await session.ask(task)
  told.unsubscribe()
  end(notice)
  if (notice.type !== "agent.replied" || !notice.verified)
    throw new CliError(1, "the rehearsal did not end as it should; please report this")
  io.stdout.write(`\nfibonacci.js, verified:\n${await readFile(join(cwd, "fibonacci.js"), "utf8")}`)
}
