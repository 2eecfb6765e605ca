/** `glob`: files by the shape of their path, the newest first. */
import { join } from "node:path"
import * as z from "zod"
import type { FileInfo, Files } from "../ports.ts"
import { type Answer, defineTool, refuse, type Tool } from "../tool.ts"
import { notThere } from "./missing.ts"
import { cancelled, type Locate } from "./ripgrep.ts"
import { mostFiles, walk } from "./walk.ts"

/** Paths of one answer. */
const mostShown = 200
/** Matches whose time is looked up: the newest of these are shown. */
const mostDated = 5000

const input = z.object({ pattern: z.string().min(1), path: z.string().optional().describe("Folder") })

export const glob = (find: Locate): Tool =>
  defineTool({
    name: "glob",
    description: 'Find files by path, like "src/**/*.ts", newest first. Git-ignored files are left out.',
    risk: "read",
    input,
    preview: async (input, { files }) => ({ paths: [await files.resolve((await split(input)).folder)] }),
    execute: async (input, { files, signal }) => {
      const { folder, pattern } = await split(input)
      const info = await files.stat(folder)
      if (info === undefined) return notThere(folder, files)
      if (info.kind !== "folder") return refuse("invalid_arguments", `${files.display(folder)} is a file, not a folder`)
      const root = await files.resolve(folder)
      const { default: picomatch } = await import("picomatch")
      const { paths, cut } = await walk(find, root, signal, picomatch(pattern, { dot: true }))
      if (signal.aborted) return cancelled
      return answer(
        input.pattern,
        await dated(
          paths.slice(0, mostDated).map((path) => join(root, path)),
          files
        ),
        paths.length,
        cut
      )
    }
  })

/** The part of a pattern before its first wildcard is a folder, and is confined like one: it may lead anywhere. */
const split = async ({
  pattern,
  path = "."
}: z.infer<typeof input>): Promise<{ readonly folder: string; readonly pattern: string }> => {
  const { default: picomatch } = await import("picomatch")
  const { base, glob } = picomatch.scan(pattern)
  const whole = glob === ""
  const fixed = whole ? base.slice(0, base.lastIndexOf("/") + 1) : base
  const rest = whole ? base.slice(base.lastIndexOf("/") + 1) : glob
  const isRooted = fixed.startsWith("/") || fixed.startsWith("~/")
  return { folder: isRooted ? fixed : join(path, fixed), pattern: rest }
}

interface Dated {
  readonly path: string
  readonly changedAt: number
}

/** Without what is closed or just gone. */
const dated = async (paths: ReadonlyArray<string>, files: Files): Promise<ReadonlyArray<Dated>> => {
  const found: Array<Dated> = []
  // In groups: thousands of look-ups at once would only wait for each other.
  for (let at = 0; at < paths.length; at += 64) {
    const group = paths.slice(at, at + 64)
    const infos = await Promise.all(group.map((path) => files.stat(path).catch((): FileInfo | undefined => undefined)))
    for (const [n, path] of group.entries()) {
      const info = infos[n]
      if (info !== undefined) found.push({ path: files.display(path), changedAt: info.changedAt })
    }
  }
  return found.toSorted((a, b) => b.changedAt - a.changedAt || (a.path < b.path ? -1 : 1))
}

const answer = (pattern: string, found: ReadonlyArray<Dated>, total: number, cut: boolean): Answer => {
  const lines = found.slice(0, mostShown).map(({ path }) => path)
  if (lines.length === 0) {
    const advice = pattern.includes("/") ? "" : `; to look in all folders, use **/${pattern}`
    lines.push(`[no file matches${advice}. Git-ignored files are not looked at]`)
  } else if (total > mostShown) {
    lines.push(`[${cut ? `more than ${mostFiles}` : total} files match; the newest are shown. Use a narrower pattern]`)
  }
  return {
    success: true,
    data: lines.join("\n"),
    summary: `${found.length === 0 ? "no" : total} files match ${pattern}`
  }
}
