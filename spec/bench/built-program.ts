/** The program as its users get it, built anew when a source is newer. */
import { spawnSync } from "node:child_process"
import { globSync, statSync } from "node:fs"
import { join } from "node:path"

const isStale = (root: string, program: string): boolean => {
  const built = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = globSync(
    "{package.json,scripts/build/*,{llm,healing,plugins,skills,machines,actors,channels}/**/*.*}",
    { cwd: root }
  )
  return sources.some((file) => statSync(join(root, file)).mtimeMs > built)
}

/** @throws when it cannot be built. */
export const builtProgram = (root: string): string => {
  const program = join(root, "dist/bin/kintsugi.js")
  if (!isStale(root, program)) return program
  const { status } = spawnSync(process.execPath, [join(root, "scripts/build.ts")], {
    cwd: root,
    stdio: ["ignore", 2, 2]
  })
  if (status !== 0) throw new Error("the build failed")
  return program
}
