/**
 * The two standing texts about the agent itself: `soul.md` and `agent.md`. The project's own comes first, the user's
 * stands in when there is none. Unlike AGENTS.md, which tells how to work on a project, they say who the agent is: a
 * project's count only in a folder that the user trusts.
 */
import { lstat, realpath } from "node:fs/promises"
import { join } from "node:path"
import { beginning, firstText } from "../ports/text-file.ts"

export interface Standing {
  /** Folder of the user's configuration; absent: none is read. */
  readonly config?: string
  /** The working folder is trusted; absent: nothing is looked for in it. */
  readonly trusted?: boolean
  /** Tells the user of a session what was cut or left out. */
  readonly warn?: (session: string, notice: string) => void
}

/** Characters that every request carries at most of one of them: about 2,500 tokens. */
const most = 10_000

/**
 * Read anew for each session.
 *
 * @returns the text, empty when there is none. Never rejects: what cannot be used is told.
 */
export const standingText = async (
  name: string,
  { session, cwd }: { readonly session: string; readonly cwd: string },
  { config, trusted, warn = () => {} }: Standing
): Promise<string> => {
  const own = [join(cwd, ".kintsugi", name), join(cwd, name)]
  const places = [
    ...(trusted === undefined ? [] : [{ folder: cwd, paths: own, inside: cwd }]),
    ...(config === undefined ? [] : [{ folder: config, paths: [join(config, name)], inside: undefined }])
  ]
  for (const { folder, paths, inside } of places) {
    if (inside !== undefined && !trusted) {
      const offered = await existing(paths)
      if (offered !== undefined) warn(session, `${offered} is not used: the folder is not trusted; see kintsugi trust`)
      continue
    }
    const found = await firstText(paths, inside, most)
    if (typeof found === "string") warn(session, found)
    // A link to what is read as project instructions anyway.
    if (typeof found !== "object" || (await instructionsOf(folder)).includes(found.real)) continue
    const text = found.text.trim()
    if (found.cutFrom === undefined && text.length <= most) return text
    warn(session, `${found.path} was cut: only its first ${most} characters are used`)
    return beginning(text, most)
  }
  return ""
}

const existing = async (paths: ReadonlyArray<string>): Promise<string | undefined> => {
  for (const path of paths) {
    if ((await lstat(path).catch(() => undefined)) !== undefined) return path
  }
  return undefined
}

/** Real paths of the AGENTS.md and CLAUDE.md of a folder. */
const instructionsOf = (folder: string): Promise<ReadonlyArray<string>> =>
  Promise.all(["AGENTS.md", "CLAUDE.md"].map((name) => realpath(join(folder, name)).catch(() => "")))
