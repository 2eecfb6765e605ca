/** `kintsugi context`: what fills a model's context here before anything is said, and what does not and why. */
import { Command } from "commander"
import { relative } from "node:path"
import { isInside } from "../../plugins/ports/real-path.ts"
import { belowHome, contextLines } from "../../plugins/builtin/context/table.ts"
import { homeOf } from "../../actors/folders.ts"
import type { Io } from "./io.ts"
import { printable } from "./printable.ts"

export const contextCommand = (io: Io): Command =>
  new Command("context")
    .description("what a new session here begins with, in tokens, and what is not read and why; no model is asked")
    .option("-m, --model <id>", "provider/model whose window it is for")
    .option("-C, --cd <folder>", "of this folder instead of the current one")
    .option("--json")
    .action(show(io))

interface Options {
  readonly model?: string
  readonly cd?: string
  readonly json?: true
}

const show =
  (io: Io) =>
  async (options: Options): Promise<void> => {
    const { prepare } = await import("./runtime.ts")
    const { runtime, notices } = await prepare(io, options)
    try {
      const use = await runtime.context()
      if (options.json) io.stdout.write(`${JSON.stringify(rowOf(use), null, 2)}\n`)
      else {
        const home = homeOf(io.env)
        for (const line of contextLines(use, shownIn(runtime.cwd, home))) io.stdout.write(`${printable(line)}\n`)
      }
      for (const notice of notices) io.stderr.write(`${printable(notice)}\n`)
    } finally {
      await runtime.close()
    }
  }

type Use = Parameters<typeof contextLines>[0]

/** Names as in other listings. */
const rowOf = ({ model, tokens, window, compactsAt, parts, leftOut, waiting, notices }: Use) => ({
  model,
  tokens,
  ...(window !== undefined && { window }),
  ...(compactsAt !== undefined && { compacts_at: compactsAt }),
  parts: parts.map(({ importedBy, ...part }) => ({
    ...part,
    ...(importedBy !== undefined && { imported_by: importedBy })
  })),
  left_out: leftOut,
  waiting,
  notices
})

const shownIn =
  (cwd: string, home: string) =>
  (path: string): string =>
    isInside(path, cwd) ? relative(cwd, path) : belowHome(path, home)
