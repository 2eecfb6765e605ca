/**
 * A queue worker. A job is a file in `jobs/`, its text the task; the answer is written to `done/`, a failure to `failed/`. Each job
 * has a session of its own, three run at once, and each is tried three times. It ends when the queue is empty.
 */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises"
import { setTimeout as pause } from "node:timers/promises"
import { createRuntime, replyOf, type Runtime, TurnFailed } from "kintsugi"

const { MODEL, ATTEMPTS = "3", ABREAST = "3" } = process.env

const work = async (runtime: Runtime, name: string): Promise<void> => {
  // Whoever moves a file has it: several workers may share a queue.
  const mine = await rename(`jobs/${name}`, `working/${name}`).then(
    () => true,
    () => false
  )
  if (!mine) return
  const task = await readFile(`working/${name}`, "utf8")
  for (let attempt = 1; ; attempt++) {
    try {
      await using session = await runtime.open({ unattended: true })
      const answer = replyOf(await session.ask(task, { signal: AbortSignal.timeout(600_000) }))
      await writeFile(`done/${name}`, answer)
      return
    } catch (error) {
      // What the agent could not do is worth another try; anything else is a bug of ours.
      if (!(error instanceof TurnFailed)) throw error
      if (attempt >= Number(ATTEMPTS)) return await writeFile(`failed/${name}`, error.message)
      await pause(100 * 2 ** attempt)
    }
  }
}

for (const folder of ["jobs", "working", "done", "failed"]) await mkdir(folder, { recursive: true })
await using runtime = await createRuntime({
  ...(MODEL === undefined ? {} : { model: MODEL }),
  settings: { permissions: { mode: "edits" } }
})

const queue = await readdir("jobs")
const hand = async (): Promise<void> => {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) await work(runtime, name)
}
await Promise.all(Array.from({ length: Number(ABREAST) }, hand))
