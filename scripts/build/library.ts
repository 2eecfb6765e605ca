/** dist/: modules and declarations for programs that embed Kintsugi. */
import { spawnSync } from "node:child_process"
import { copyFileSync, globSync, mkdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { references } from "./assets.ts"

/** @returns whether the types are right; what is wrong with them has been printed. */
export const buildLibrary = (root: string): boolean => {
  const compiler = join(root, "node_modules/typescript/bin/tsc")
  const project = join(root, "scripts/build/tsconfig.json")
  if (spawnSync(process.execPath, [compiler, "-p", project], { stdio: "inherit" }).status !== 0) return false
  const dist = join(root, "dist")
  for (const file of globSync("**/*.js", { cwd: dist })) {
    for (const address of references(readFileSync(join(dist, file), "utf8"))) {
      const asset = join(dirname(file), address)
      mkdirSync(dirname(join(dist, asset)), { recursive: true })
      copyFileSync(join(root, asset), join(dist, asset))
    }
  }
  return true
}
