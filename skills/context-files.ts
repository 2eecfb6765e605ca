/**
 * The standing instructions for an agent: AGENTS.md (else CLAUDE.md) of the user and of each folder from the
 * repository's root down to the working folder. What is nearest comes last, so that it has the last word.
 */
import { lstat } from "node:fs/promises"
import { dirname, isAbsolute, join, resolve } from "node:path"
import { beginning, firstText, type TextFile } from "../plugins/ports/text-file.ts"

export interface ContextFile {
  /** Absolute, as it was found; links are not followed in it. */
  readonly path: string
  /** Without byte order mark, with `\n` at the ends of lines. */
  readonly text: string
}

export interface ContextFiles {
  readonly files: ReadonlyArray<ContextFile>
  /** What was left out or cut and why, a line each, for people. */
  readonly notices: ReadonlyArray<string>
}

export interface ContextOptions {
  readonly cwd: string
  /** The user's home folder; the configuration lies in `$XDG_CONFIG_HOME`, by default `.config` in it. */
  readonly home: string
  /** Of all files together; the nearest are kept whole the longest. Default 40 000, about 10 000 tokens. */
  readonly maxCharacters?: number
  /** Default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Never throws: what cannot be read is left out, with a notice. */
export const loadContextFiles = async ({
  cwd,
  home,
  maxCharacters = 40_000,
  env = process.env
}: ContextOptions): Promise<ContextFiles> => {
  const folder = resolve(cwd)
  const root = await rootOf(folder)
  const limit = Number.isNaN(maxCharacters) ? 0 : Math.max(0, Math.floor(maxCharacters))
  const looks = [
    await firstText([join(configFolder(home, env.XDG_CONFIG_HOME), "kintsugi", "AGENTS.md")], undefined, limit),
    ...(await Promise.all(
      foldersBetween(root, folder).map((one) =>
        firstText([join(one, "AGENTS.md"), join(one, "CLAUDE.md")], root, limit)
      )
    ))
  ]
  const found = looks.flatMap((one) => (typeof one === "object" ? [one] : []))
  const unique = found.filter((one, at) => found.findIndex((other) => other.real === one.real) === at)
  const { files, notices } = fit(unique, limit)
  return { files, notices: [...looks.filter((one) => typeof one === "string"), ...notices] }
}

/** @param configured `$XDG_CONFIG_HOME`; its specification says that a relative one is to be ignored. */
const configFolder = (home: string, configured = ""): string =>
  isAbsolute(configured) ? configured : join(resolve(home), ".config")

/** The nearest folder upward with a `.git` (a folder, or a file in worktrees and submodules); without one, the folder itself. */
const rootOf = async (folder: string): Promise<string> => {
  for (let one = folder; ; one = dirname(one)) {
    const git = await lstat(join(one, ".git")).catch(() => undefined)
    if (git !== undefined) return one
    if (dirname(one) === one) return folder
  }
}

const foldersBetween = (root: string, folder: string): ReadonlyArray<string> =>
  folder === root ? [root] : [...foldersBetween(root, dirname(folder)), folder]

/** Keeps as many characters as allowed, those of the last files first. */
const fit = (found: ReadonlyArray<TextFile>, limit: number): ContextFiles => {
  const files: Array<ContextFile> = []
  const notices: Array<string> = []
  let left = limit
  for (const { path, text, cutFrom } of found.filter((one) => one.text.trim() !== "").toReversed()) {
    const kept = cutFrom === undefined && text.length <= left ? text : beginning(text, left)
    left -= kept.length
    if (kept !== "") files.unshift({ path, text: kept })
    if (kept === text && cutFrom === undefined) continue
    const size = cutFrom === undefined ? `${text.length} characters` : `${cutFrom} bytes`
    const loss = kept === "" ? `${path} was left out` : `${path} was cut to its first ${kept.length} characters`
    notices.unshift(`${loss}: with ${size} it does not fit into the ${limit} characters for context files`)
  }
  return { files, notices }
}
