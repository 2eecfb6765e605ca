/** A home and a project in a temporary folder, for specs that read and write files there. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

export const makeWorld = () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-world-")))
  const home = join(root, "home")
  const cwd = join(root, "project")
  for (const folder of [home, cwd]) mkdirSync(folder)
  const write = (path: string, text: string): string => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  return {
    root,
    home,
    cwd,
    userFile: join(home, ".config/kintsugi/config.yaml"),
    projectFile: join(cwd, ".kintsugi/config.yaml"),
    write,
    remove: (): void => rmSync(root, { recursive: true, force: true })
  }
}

export type World = ReturnType<typeof makeWorld>
