/** The real runtime with a plugin in its child process, a healthy neighbour, and a session through which their tools are called. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { createRuntime, type Runtime } from "../../../actors/runtime.ts"
import type { Session } from "../../../actors/session-host.ts"
import type { SeamView } from "../../../healing/ledger.ts"
import { type Answer, definePlugin, defineTool } from "../../../plugins/index.ts"
import { lossesOf } from "../../../plugins/outcome.ts"
import { played, type Play } from "../../actors/played-model.ts"
import type { HiddenTest } from "../../healing/corpus/hidden-test.ts"
import { prepare } from "../../healing/corpus/memory-world.ts"
import { writeFolder } from "../../healing/corpus/quick.ts"
import { answering } from "../../healing/corpus/responses.ts"
import { isRight } from "../../healing/corpus/verdict.ts"

export interface TheatreOptions {
  /** Name of the plugin's folder. */
  readonly name: string
  readonly main: string
  readonly files: Readonly<Record<string, string>>
  readonly isHealing: boolean
  /** Does what has to be done in the plugin's folder, once its files are there. */
  readonly prepareFolder?: (folder: string) => Promise<void>
}

/** One call, as it was answered and whether that is right. */
export interface Told {
  readonly isRight: boolean
  readonly success: boolean
  readonly outcome?: Answer["outcome"]
  /** It names a seam. */
  readonly isMarked: boolean
  readonly losses: number
  /** Milliseconds. */
  readonly took: number
  readonly text: string
}

export interface Theatre {
  /** In a working folder that holds what the test says and nothing else; the neighbour is called beside it. */
  readonly ask: (test: HiddenTest) => Promise<Told>
  readonly seams: () => Promise<ReadonlyArray<SeamView>>
  /** Resolves when there are more seams than so many, or patience is over. */
  readonly healed: (known: number) => Promise<void>
  /** A new session: what the plugin offers since the last was opened, is offered in it. */
  readonly reopen: () => Promise<void>
  /** Calls of the healthy neighbour that were answered as ever, and all of them. */
  readonly neighbour: () => readonly [right: number, all: number]
  readonly close: () => Promise<void>
}

const neighbour = definePlugin({
  name: "neighbour",
  tools: [
    defineTool<{ readonly n: number }>({
      name: "neighbour_double",
      description: "Double a number.",
      risk: "read",
      input: { type: "object" },
      execute: ({ n }) => ({ success: true, data: n * 2 })
    })
  ]
})

/** Milliseconds that a repair may take after the call was answered. */
const patience = 15_000

const start = async (
  { name, main, files, isHealing, prepareFolder }: TheatreOptions,
  base: string,
  plays: ReadonlyArray<Play>
) => {
  const [cwd, code] = [join(base, "work"), join(base, "plugins", name)]
  mkdirSync(cwd)
  writeFolder(code, files)
  await prepareFolder?.(code)
  return createRuntime({
    cwd,
    env: { PATH: process.env.PATH, HOME: base },
    model: played(plays),
    plugins: [neighbour, join(code, main)],
    data: join(base, "data"),
    settings: {
      permissions: { mode: "auto" },
      tools: { timeout: 10 },
      healing: { enabled: isHealing, use_model: false }
    }
  })
}

export const openTheatre = async (options: TheatreOptions): Promise<Theatre> => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-theatre-")))
  const plays: Array<Play> = []
  const runtime = await start(options, base, plays)
  const stage = {
    runtime,
    plays,
    cwd: join(base, "work"),
    session: await runtime.open({ unattended: true }),
    calls: 0,
    right: 0
  }
  const seams = () => runtime.heals.list()
  return {
    ask: (test) => call(stage, test),
    seams,
    healed: async (known) => {
      const until = performance.now() + patience
      while (options.isHealing && performance.now() < until && (await seams()).length <= known) await sleep(20)
    },
    reopen: async () => {
      await stage.session.close()
      stage.session = await runtime.open({ unattended: true })
    },
    neighbour: () => [stage.right, stage.calls],
    close: async () => {
      await runtime.close()
      rmSync(base, { recursive: true, force: true, maxRetries: 3 })
    }
  }
}

interface Stage {
  readonly runtime: Runtime
  readonly plays: Array<Play>
  readonly cwd: string
  session: Session
  calls: number
  right: number
}

const clear = (folder: string): void => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}

const call = async (stage: Stage, test: HiddenTest): Promise<Told> => {
  const { cwd, plays, session } = stage
  clear(cwd)
  prepare(cwd, test)
  globalThis.fetch = answering(test.responses ?? {})
  const n = ++stage.calls
  const ours = { id: `c${n}`, name: test.tool, input: test.input }
  plays.push({ calls: [ours, { id: `n${n}`, name: "neighbour_double", input: { n } }] }, "done")
  const answers = new Map<string, Answer>()
  const listening = session.events.subscribe((notice) => {
    if (notice.type === "agent.settled") answers.set(notice.call.id, notice.answer)
  })
  const asked = performance.now()
  await session.ask("Go on.")
  listening.unsubscribe()
  if (answers.get(`n${n}`)?.data === n * 2) stage.right++
  return toldOf(
    test,
    answers.get(ours.id) ?? { success: false, error: "nothing was answered" },
    cwd,
    performance.now() - asked
  )
}

const toldOf = (test: HiddenTest, answer: Answer, cwd: string, took: number): Told => ({
  isRight: isRight(test, answer, (path) =>
    existsSync(join(cwd, path)) ? readFileSync(join(cwd, path), "utf8") : undefined
  ),
  success: answer.success,
  ...(answer.outcome === undefined ? {} : { outcome: answer.outcome }),
  isMarked: answer.seam !== undefined,
  losses: lossesOf(answer).length,
  took,
  text: String(answer.error ?? JSON.stringify(answer.data)).slice(0, 300)
})
