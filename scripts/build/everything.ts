/** All that is published: the library, the places where plugins run, the console, the program. */
import { join } from "node:path"
import { buildConsole } from "./console.ts"
import { buildLibrary } from "./library.ts"
import { buildPlaces } from "./places.ts"
import { buildProgram } from "./program.ts"

/** @param dist Folder for it. @returns bytes of each file of the program; `undefined` when the types are wrong, which has been printed. */
export const buildEverything = async (
  root: string,
  dist: string = join(root, "dist")
): Promise<ReadonlyArray<number> | undefined> => {
  // First: it is one of the library's assets.
  await buildConsole(root, dist)
  if (!buildLibrary(root, dist)) return undefined
  await buildPlaces(root, dist)
  return buildProgram(root, dist)
}
