/** `kintsugi demo`: the whole agent on one small task, with a plugin that is broken in five places; only the model is scripted. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRuntime, type Runtime } from "../../actors/runtime.ts"
import type { Session } from "../../actors/session-host.ts"
import type { SeamView } from "../../healing/ledger.ts"
import type { TerminalNotice } from "../../machines/events.ts"
import { cracked, plural } from "./demo/cracked.ts"
import { serveRegistry } from "./demo/registry.ts"
import { CliError, type Io } from "./io.ts"
import { progressLines } from "./progress.ts"

const task = "Create a script that prints the Fibonacci sequence"
const check = "Now check what it prints with the cracked tools"

export const demoCommand = async (io: Io): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "kintsugi-demo-"))
  const cwd = join(folder, "work")
  const say = (text: string) => io.stderr.write(`${text}\n`)
  await mkdir(cwd)
  const plugin = await crackedIn(join(folder, "cracked"))
  const registry = await serveRegistry([plural])
  const npm = { npm_config_registry: registry.url, npm_config_cache: join(folder, "npm") }
  say(
    `A rehearsal: the model's words are scripted (scripted/rehearsal). The loop, the tools, the processes, the failing test\nand its repair are real, in ${cwd}. So is the plugin \`cracked\`, which is broken in five\nplaces; the package that it lacks comes from a registry that this rehearsal serves on this machine.`
  )
  try {
    await using runtime = await createRuntime({
      cwd,
      model: "scripted/rehearsal",
      env: { ...io.env, ...npm },
      plugins: [plugin],
      // Its plugin is to be there with the first word, however slow the machine.
      settings: { permissions: { mode: "auto" }, plugins: { hook_timeout: 60 } }
    })
    const session = await runtime.open({ unattended: true })
    const done = await asked(io, session, task)
    if (done.type !== "agent.replied" || !done.verified)
      throw new CliError(1, "the rehearsal did not end as it should; please report this")
    await asked(io, session, check)
    await tellSeams(io, runtime)
    io.stdout.write(`\nfibonacci.js, verified:\n${await readFile(join(cwd, "fibonacci.js"), "utf8")}`)
  } finally {
    await registry.close()
    await rm(join(folder, "npm"), { recursive: true, force: true })
  }
}

/** @returns the path of its module. */
const crackedIn = async (folder: string): Promise<string> => {
  await mkdir(folder)
  for (const [name, text] of Object.entries(cracked)) await writeFile(join(folder, name), text)
  return join(folder, "index.js")
}

const asked = async (io: Io, session: Session, text: string): Promise<TerminalNotice> => {
  io.stderr.write(`\n> ${text}\n`)
  const { hear, end } = progressLines(io)
  const told = session.events.subscribe(hear)
  const notice = await session.ask(text)
  told.unsubscribe()
  end(notice)
  return notice
}

/** The ledger, oldest first: what was done, and for changed code how it was proved and what was changed. */
const tellSeams = async (io: Io, { heals }: Runtime): Promise<void> => {
  const seams = (await heals.list()).toReversed()
  const lines = seams.flatMap((seam) => [
    "",
    `${(strategyOf(seam) ?? "nothing").padEnd(8)} ${seam.state}: ${seam.summary}`,
    `         because of ${seam.failure.kind}: ${seam.failure.message}`,
    ...seam.degraded.map((loss) => `         lost: ${loss}`),
    ...(seam.diff === undefined ? [] : [...proofOf(seam), "", seam.diff.trimEnd()])
  ])
  const end = "In a session of yours the ledger is kept: kintsugi heal list, show, accept, undo."
  io.stderr.write(`\nWhat broke in the plugin, and what was done about it:\n${lines.join("\n")}\n\n${end}\n`)
}

const strategyOf = ({ rungs }: SeamView) => rungs.findLast(({ outcome }) => outcome === "healed")?.strategy

const proofOf = ({ proof }: SeamView): ReadonlyArray<string> =>
  proof.map(({ check, outcome, detail }) => `         ${check} ${outcome}: ${detail}`)
