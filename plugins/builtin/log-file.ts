/**
 * The log: one JSON object a line, in files of a day and of a bounded size, the newest few kept. Whoever writes waits for
 * nothing and hears of no failure; several processes may write side by side.
 */
import { appendFile, mkdir, readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { loggable } from "./loggable.ts"

export type Level = "debug" | "info" | "warn" | "error"

export interface LogFile {
  /** @param event `noun.verb`, in the past. */
  readonly write: (level: Level, event: string, fields?: object) => void
  /** Resolves when all that was written so far is in the file, or lost. Never rejects. */
  readonly flush: () => Promise<void>
}

export interface LogOptions {
  /** Absolute; made when something is logged. */
  readonly folder: string
  /** What is below it is not written. Default `info`. */
  readonly level?: Level
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string
  /** Called once, when the log cannot be written. */
  readonly onProblem: (message: string) => void
  /** Bytes of one file, and files. */
  readonly limits?: { readonly bytes: number; readonly files: number }
  readonly now?: () => Date
}

const usual = { bytes: 10 * 1024 * 1024, files: 14 }
/** Lines that wait at most; more are counted and dropped. */
const mostWaiting = 5000
/** Milliseconds until lines are written together: by then the first request is on its way. */
const pause = 1000
const ranks: ReadonlyArray<Level> = ["debug", "info", "warn", "error"]

export const logFile = (options: LogOptions): LogFile => {
  const { folder, level: least = "info", redact, onProblem, limits = usual, now = () => new Date() } = options
  let waiting: Array<string> = []
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let isTold = false

  const lineOf = (level: Level, event: string, fields: object): string => {
    const line = { time: now().toISOString(), level, pid: process.pid, event, ...fields }
    return `${JSON.stringify(loggable(line, redact))}\n`
  }

  const append = async (text: string): Promise<void> => {
    const ours = await filesIn(folder)
    const file = await fileFor(folder, ours, now(), limits.bytes)
    await appendFile(join(folder, file), text, { mode: 0o600 })
    const old = ours.includes(file) ? [] : [...ours, file].toSorted().slice(0, -limits.files)
    // Another process may have removed them first.
    await Promise.all(old.map((name) => rm(join(folder, name), { force: true })))
  }

  const writeAll = async (): Promise<void> => {
    if (dropped > 0) waiting.push(lineOf("warn", "log.dropped", { lines: dropped }))
    const text = waiting.join("")
    ;[waiting, dropped] = [[], 0]
    if (text === "") return
    try {
      await append(text)
    } catch (error) {
      if (isTold) return
      isTold = true
      onProblem(`the log in ${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    return (writing = writing.then(writeAll))
  }

  return {
    write: (level, event, fields = {}) => {
      if (ranks.indexOf(level) < ranks.indexOf(least)) return
      if (waiting.length >= mostWaiting) return void dropped++
      waiting.push(lineOf(level, event, fields))
      timer ??= setTimeout(flush, pause).unref()
    },
    flush
  }
}

const named = /^\d{4}-\d\d-\d\d-\d{3}\.jsonl$/

/** Oldest first; the folder is made when it is missing. */
const filesIn = async (folder: string): Promise<ReadonlyArray<string>> => {
  const names = await readdir(folder).catch(async (error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return []
  })
  return names.filter((name) => named.test(name)).toSorted()
}

/** The day's newest file that is not full, else its next. */
const fileFor = async (folder: string, ours: ReadonlyArray<string>, day: Date, bytes: number): Promise<string> => {
  const date = day.toISOString().slice(0, 10)
  const nth = (n: number): string => `${date}-${String(n).padStart(3, "0")}.jsonl`
  const newest = ours.findLast((name) => name.startsWith(date))
  if (newest === undefined) return nth(1)
  const { size } = await stat(join(folder, newest))
  return size < bytes ? newest : nth(Math.min(999, Number(newest.slice(11, 14)) + 1))
}
