/** Where a search looks, and what of its finds the agent may see. */
import { basename, dirname, join } from "node:path"
import { PortError, type ToolContext } from "kintsugi/plugin"

export interface Place {
  /** Real path of the folder in which the program is started. */
  readonly folder: string
  /** Relative to it. */
  readonly target: string
}

/** @throws PortError outside the allowed paths, or when there is nothing. */
export const placeOf = async (path: string, { files }: ToolContext): Promise<Place> => {
  const [real, info] = [await files.resolve(path), await files.stat(path)]
  if (info === undefined) throw new PortError("not_found", `${path} does not exist; look with list_files or glob`)
  return info.kind === "folder"
    ? { folder: real, target: "." }
    : { folder: dirname(real), target: `./${basename(real)}` }
}

/** Blocked folders may lie inside an allowed one. @returns the path as it is shown, `undefined` when it is not for the agent. */
export const gate = ({ folder }: Place, { files }: ToolContext) => {
  const known = new Map<string, Promise<string | undefined>>()
  return (path: string): Promise<string | undefined> => {
    const full = join(folder, path)
    const shown =
      known.get(full) ??
      files.resolve(full).then(
        () => oneLine(files.display(full)),
        () => undefined
      )
    known.set(full, shown)
    return shown
  }
}

const oneLine = (path: string): string => (/\p{Cc}/u.test(path) ? JSON.stringify(path) : path)
