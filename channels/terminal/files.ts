/** The files of a folder as ripgrep sees them: what git ignores is left out. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"

/** More are not offered; a folder with that many is searched by other means. */
const most = 50_000

/** @returns paths relative to the folder, shallow ones first; none when ripgrep cannot run here. */
export const listFiles = async (folder: string): Promise<ReadonlyArray<string>> => {
  try {
    const { rgPath } = await import("@vscode/ripgrep")
    return (await run(rgPath, folder)).toSorted(byDepth)
  } catch {
    // Its binary is an optional package: without it nothing is suggested, and names can still be typed.
    return []
  }
}

const run = (program: string, folder: string): Promise<Array<string>> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, ["--files", "--hidden", "--glob", "!.git", "--no-messages"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"]
    })
    const files: Array<string> = []
    const lines = createInterface({ input: child.stdout })
    lines.on("line", (path) => {
      if (files.length < most) files.push(path)
      else child.kill()
    })
    lines.on("close", () => resolve(files))
    child.on("error", reject)
  })

const depth = (path: string): number => path.split("/").length

const byDepth = (a: string, b: string): number => depth(a) - depth(b) || (a < b ? -1 : 1)
