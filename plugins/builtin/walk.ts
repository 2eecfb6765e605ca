/** The files of a folder, as far as they belong to the project and are open to the agent. */
import type { Files } from "../ports.ts"
import { type Locate, ripgrep, scope } from "./ripgrep.ts"

/** Most files that are listed; a folder with more of them is searched in parts. */
export const mostFiles = 50_000

export interface Walk {
  /** Relative to the folder, in no order. */
  readonly paths: ReadonlyArray<string>
  /** There are more. */
  readonly cut: boolean
}

/** @param folder Real and absolute. @param wanted Which paths count. */
export const walk = async (
  find: Locate,
  folder: string,
  signal: AbortSignal,
  wanted: (path: string) => boolean = () => true
): Promise<Walk> => {
  const paths: Array<string> = []
  const onLine = (path: string): boolean => {
    if (wanted(path)) paths.push(path)
    return paths.length <= mostFiles
  }
  const args = [...scope, "--no-messages", "--files", "--null"]
  await ripgrep(find, args, { cwd: folder, signal, separator: "\0", onLine })
  return { paths: paths.slice(0, mostFiles), cut: paths.length > mostFiles }
}

/** Tells of real paths below a real folder whether they are open; what is asked twice is looked up once. */
export const gate = (files: Files) => {
  const known = new Map<string, Promise<boolean>>()
  const isOpen = (path: string): Promise<boolean> => {
    const answer =
      known.get(path) ??
      files.resolve(path).then(
        () => true,
        () => false
      )
    known.set(path, answer)
    return answer
  }
  return isOpen
}
