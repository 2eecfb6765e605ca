/**
 * One fault in the real runtime: the plugin in its child process, calls that went well before, the call that fails, and then
 * the hidden tests as judges. A model that only asks for calls stands in for the one that would.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { createRuntime } from "../../../actors/runtime.ts"
import type { AgentNotice, SeamNews } from "../../../machines/events.ts"
import { lossesOf } from "../../../plugins/outcome.ts"
import { type Answer, definePlugin, defineTool } from "../../../plugins/index.ts"
import { played, type Play } from "../../actors/played-model.ts"
import type { HiddenTest } from "../../healing/corpus/hidden-test.ts"
import { prepare } from "../../healing/corpus/memory-world.ts"
import { writeFolder } from "../../healing/corpus/quick.ts"
import { answering } from "../../healing/corpus/responses.ts"
import { isRight } from "../../healing/corpus/verdict.ts"

export interface Piece {
  /** Name of the plugin's folder. */
  readonly name: string
  readonly main: string
  readonly files: Readonly<Record<string, string>>
  /** Calls before: they go well. */
  readonly history: ReadonlyArray<HiddenTest>
  /** The one that fails; absent: the plugin fails by itself. */
  readonly failing: HiddenTest | undefined
  readonly hidden: ReadonlyArray<HiddenTest>
  /** One of its examples fails: the host tries them when the code is new, and mends what that shows. */
  readonly isSeen: boolean
  readonly isHealing: boolean
  /** Does what has to be done in the plugin's folder, once its files are there. */
  readonly prepareFolder?: (folder: string) => Promise<void>
}

/** One call, as it was answered and whether that is right. */
export interface Told {
  readonly isRight: boolean
  readonly success: boolean
  readonly outcome?: Answer["outcome"]
  readonly isMarked: boolean
  readonly losses: number
  /** Milliseconds. */
  readonly took: number
  readonly text: string
}

export interface Seam extends Pick<SeamNews, "status" | "state" | "strategy" | "summary"> {
  readonly id: string
  /** Milliseconds after the failing call was asked for, or the session was opened. */
  readonly after: number
  readonly origin?: string
  readonly diff?: string
  /** Why it came to its status. */
  readonly mark?: string
  readonly rungs: ReadonlyArray<string>
  readonly proof: ReadonlyArray<string>
}

export interface Played {
  readonly history: ReadonlyArray<Told>
  readonly failing: Told | undefined
  /** In the last round of the judges. */
  readonly judged: ReadonlyArray<Told>
  /** In all rounds. */
  readonly all: ReadonlyArray<Told>
  readonly seams: ReadonlyArray<Seam>
  /** Calls of the healthy neighbour that were answered as ever, and all of them. */
  readonly neighbour: readonly [right: number, all: number]
  readonly took: number
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
const patience = 12_000

/** A plugin that could not be loaded has no tools; after its repair it takes a moment until they are offered. */
const isOffered = async (ask: (test: HiddenTest) => Promise<Told>, test: HiddenTest | undefined): Promise<boolean> => {
  for (let tries = 0; test !== undefined && tries < 10; tries++) {
    const { text } = await ask(test)
    if (!text.includes("there is no tool")) return true
    await sleep(100)
  }
  return test === undefined
}

const clear = (folder: string): void => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}

export const play = async (piece: Piece): Promise<Played> => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-theatre-")))
  const [cwd, code] = [join(base, "work"), join(base, "plugins", piece.name)]
  mkdirSync(cwd)
  writeFolder(code, piece.files)
  await piece.prepareFolder?.(code)
  const started = performance.now()
  const plays: Array<Play> = []
  const seams = new Map<string, number>()
  const runtime = await createRuntime({
    cwd,
    env: { PATH: process.env.PATH, HOME: base },
    model: played(plays),
    plugins: [neighbour, join(code, piece.main)],
    data: join(base, "data"),
    settings: {
      permissions: { mode: "auto" },
      tools: { timeout: 10 },
      healing: { enabled: piece.isHealing, use_model: false }
    }
  })
  try {
    const settled: Array<Answer> = []
    const open = async () => {
      const opened = await runtime.open({ unattended: true })
      opened.events.subscribe((notice: AgentNotice) => {
        if (notice.type === "agent.settled") settled.push(notice.answer)
        if (notice.type === "agent.healed" && !seams.has(notice.seam)) seams.set(notice.seam, performance.now())
      })
      return opened
    }
    let session = await open()
    let neighbours = 0
    let rightNeighbours = 0

    const ask = async (test: HiddenTest): Promise<Told> => {
      clear(cwd)
      prepare(cwd, test)
      globalThis.fetch = answering(test.responses ?? {})
      settled.length = 0
      const n = ++neighbours
      plays.push(
        {
          calls: [
            { id: `c${n}`, name: test.tool, input: test.input },
            { id: `n${n}`, name: "neighbour_double", input: { n } }
          ]
        },
        "done"
      )
      const asked = performance.now()
      await session.ask("Go on.")
      const answers = [...settled]
      const beside = answers.find(({ data }) => data === n * 2)
      if (beside !== undefined) rightNeighbours++
      const answer = answers.find((one) => one !== beside) ?? { success: false, error: "nothing was answered" }
      const read = (path: string) => (existsSync(join(cwd, path)) ? readFileSync(join(cwd, path), "utf8") : undefined)
      return {
        isRight: isRight(test, answer, read),
        success: answer.success,
        ...(answer.outcome === undefined ? {} : { outcome: answer.outcome }),
        isMarked: answer.seam !== undefined,
        losses: lossesOf(answer).length,
        took: performance.now() - asked,
        text: String(answer.error ?? JSON.stringify(answer.data)).slice(0, 300)
      }
    }

    const seamsNow = () => runtime.heals.list()
    /** Until the healer has said what became of it. */
    const healed = async (known: number): Promise<void> => {
      const until = performance.now() + patience
      while (piece.isHealing && performance.now() < until && (await seamsNow()).length === known) await sleep(20)
    }

    if (piece.failing === undefined) {
      await healed(0)
      // What comes after the session's opening may have to wait for the next one.
      if (!(await isOffered(ask, piece.hidden[0]))) {
        await session.close()
        session = await open()
      }
    }
    const history: Array<Told> = []
    for (const test of piece.history) history.push(await ask(test))
    const before = (await seamsNow()).length
    const failedAt = performance.now()
    const failing = piece.failing === undefined ? undefined : await ask(piece.failing)
    if (failing?.outcome === "contained") await healed(before)
    if (piece.isSeen) await healed(0)

    const all: Array<Told> = []
    let judged: Array<Told> = []
    for (let round = 0; round < 2; round++) {
      const known = (await seamsNow()).length
      judged = []
      for (const test of piece.hidden) judged.push(await ask(test))
      all.push(...judged)
      // A call of the judges may have shown another side of the fault, and what was mended then counts as well.
      if ((await seamsNow()).length === known) break
    }
    // What an example showed was mended from the start on, without any call.
    const zero = (at: number) => (failing === undefined || at < failedAt ? started : failedAt)
    const after = (at = Number.NaN) => at - zero(at)
    const list = await seamsNow()
    return {
      history,
      failing,
      judged,
      all,
      neighbour: [rightNeighbours, neighbours],
      took: performance.now() - started,
      seams: list.map(({ id, status, state, summary, origin, diff, rungs, proof, mark }) => ({
        id,
        status,
        state,
        summary,
        strategy: rungs.find(({ outcome }) => outcome === "healed")?.strategy,
        after: after(seams.get(id)),
        ...(origin === undefined ? {} : { origin }),
        ...(diff === undefined ? {} : { diff }),
        rungs: rungs.map((rung) => `${rung.strategy} ${rung.outcome}: ${rung.reason}`.slice(0, 300)),
        ...(mark === undefined ? {} : { mark: mark.reason }),
        proof: proof.map(({ check, outcome, detail }) => `${check} ${outcome}: ${detail}`.slice(0, 200))
      }))
    }
  } finally {
    await runtime.close()
    rmSync(base, { recursive: true, force: true, maxRetries: 3 })
  }
}
