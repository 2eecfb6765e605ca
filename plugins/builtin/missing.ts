/** What to say of a file that is not there: which one was probably meant. */
import { readdir } from "node:fs/promises"
import { dirname, join, sep } from "node:path"
import type { Files } from "../ports.ts"
import { type Answer, refuse } from "../tool.ts"
import { similar } from "./similar.ts"

/** @throws PortError when the path is outside the allowed folders. */
export const notThere = async (path: string, files: Files): Promise<Answer> => {
  const real = await files.resolve(path)
  const shown = files.display(real)
  const folder = await nearestFolder(dirname(real), files)
  const names = folder === undefined ? [] : await readdir(folder).catch(() => [])
  const wanted =
    real
      .slice((folder ?? "").length)
      .split(sep)
      .find((part) => part !== "") ?? ""
  const meant = await shownOf(similar(wanted, names, 3), folder ?? "", files)
  const advice = meant.length > 0 ? `did you mean ${meant.join(" or ")}?` : "look with list_files or glob"
  const parent = folder === dirname(real) ? "" : ` (nor does the folder ${files.display(dirname(real))})`
  return refuse("not_found", `${shown} does not exist${parent}; ${advice}`)
}

/** The first folder upwards that exists; `undefined` when looking there is not allowed. */
const nearestFolder = async (folder: string, files: Files): Promise<string | undefined> => {
  const info = await files.stat(folder).catch(() => "closed" as const)
  if (info === "closed" || dirname(folder) === folder) return undefined
  return info === undefined ? nearestFolder(dirname(folder), files) : folder
}

/** Without those that are closed: not even their names are told. */
const shownOf = async (names: ReadonlyArray<string>, folder: string, files: Files): Promise<ReadonlyArray<string>> => {
  const paths = names.map((name) => join(folder, name))
  const open = await Promise.all(paths.map((path) => files.stat(path).then(Boolean, () => false)))
  return paths.filter((_, n) => open[n]).map((path) => files.display(path))
}
