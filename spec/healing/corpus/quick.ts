/** The quick judge: says within milliseconds which tests a changed plugin fails, without a runtime, in a process that may die. */
import { type ChildProcess, fork } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { HiddenTest } from "./hidden-test.ts"
import type { Reference } from "./references.ts"

export interface QuickJob {
  readonly folder: string
  readonly main: string
  readonly hidden: ReadonlyArray<HiddenTest>
  readonly history: ReadonlyArray<HiddenTest>
}

export interface TestEnd {
  readonly end: "right" | "wrong" | "threw" | "hung"
  readonly message?: string
  /** Node or V8 threw it, out of the plugin's own code. */
  readonly isNative?: boolean
}

export interface QuickReport {
  /** Why it could not be loaded. */
  readonly load?: string
  /** The whole place hung or died. */
  readonly dead?: true
  readonly hidden: ReadonlyArray<TestEnd>
  readonly history: ReadonlyArray<TestEnd>
  readonly examples: ReadonlyArray<TestEnd>
  /** The plugin's examples as calls of the real world: those that need no command. */
  readonly asCalls: ReadonlyArray<HiddenTest>
}

export interface QuickJudge {
  /** @param changed Texts in place of the reference's own. */
  readonly judge: (reference: Reference, changed?: Readonly<Record<string, string>>) => Promise<QuickReport>
  readonly close: () => void
}

const nothing = { hidden: [], history: [], examples: [], asCalls: [] }

/** Milliseconds for all tests of a plugin. */
const patience = 6000
/** Jobs of one process: modules never leave it. */
const most = 150

export const writeFolder = (folder: string, files: Readonly<Record<string, string>>): void => {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
}

/** One job at a time. */
export const openQuickJudge = (): QuickJudge => {
  const base = mkdtempSync(join(tmpdir(), "kintsugi-quick-"))
  let child: ChildProcess | undefined
  let jobs = 0

  const place = (): ChildProcess => {
    if (child?.connected !== true || jobs % most === 0) {
      child?.kill("SIGKILL")
      child = fork(join(import.meta.dirname, "quick-place.ts"), { stdio: ["ignore", "ignore", "ignore", "ipc"] })
    }
    jobs += 1
    return child
  }

  const judge: QuickJudge["judge"] = async ({ main, files, hidden, history = [] }, changed = {}) => {
    const worker = place()
    const folder = join(base, String(jobs))
    writeFolder(folder, { ...files, ...changed })
    const { promise, resolve } = Promise.withResolvers<QuickReport>()
    const died = () => resolve({ dead: true, ...nothing })
    const onReport = (report: unknown) => resolve(report as QuickReport)
    const timer = setTimeout(() => worker.kill("SIGKILL"), patience)
    worker.once("message", onReport).once("exit", died)
    worker.send({ folder, main, hidden, history } satisfies QuickJob)
    const report = await promise
    clearTimeout(timer)
    worker.off("message", onReport).off("exit", died)
    rmSync(folder, { recursive: true, force: true })
    return report
  }

  return {
    judge,
    close: () => {
      child?.kill("SIGKILL")
      rmSync(base, { recursive: true, force: true })
    }
  }
}
