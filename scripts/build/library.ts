/** dist/: modules and declarations for programs that embed Kintsugi. */
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, globSync, mkdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { references } from "./assets.ts"

/** @param dist Folder for it. @returns whether the types are right; what is wrong with them has been printed. */
export const buildLibrary = (root: string, dist: string = join(root, "dist")): boolean => {
  const compiler = join(root, "node_modules/typescript/bin/tsc")
  const project = join(root, "scripts/build/tsconfig.json")
  // One checker needs half the time of four, each of which works out for itself what the others know.
  const args = ["-p", project, "--outDir", dist, "--checkers", "1"]
  // It ends before its collector of garbage has spared any memory.
  const env = { ...process.env, GOGC: "off" }
  if (spawnSync(process.execPath, [compiler, ...args], { env, stdio: "inherit" }).status !== 0) return false
  for (const file of globSync("**/*.js", { cwd: dist })) {
    for (const address of references(readFileSync(join(dist, file), "utf8"))) {
      const asset = join(dirname(file), address)
      // Made by another part of the build.
      if (existsSync(join(dist, asset))) continue
      mkdirSync(dirname(join(dist, asset)), { recursive: true })
      cpSync(join(root, asset), join(dist, asset), { recursive: true })
    }
  }
  return true
}
