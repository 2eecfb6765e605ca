/** A folder for specs of skills: a home, a project and a configuration, filled with files. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { openSkills, type SkillPlaces } from "../../skills/skills.ts"

export const skillFolder = () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-skills-")))
  const at = (path: string): string => join(root, path)
  const made = (path: string): string => {
    mkdirSync(dirname(at(path)), { recursive: true })
    return at(path)
  }
  return {
    root,
    at,
    put: (path: string, content: string | Uint8Array): void => writeFileSync(made(path), content),
    /** @param target As it is written into the link. */
    link: (path: string, target: string): void => symlinkSync(target, made(path)),
    remove: (): void => rmSync(root, { recursive: true, force: true }),
    open: (places: Partial<SkillPlaces> = {}) =>
      openSkills({
        cwd: at("project"),
        home: at("home"),
        config: at("home/.config/kintsugi"),
        trusted: true,
        user: true,
        paths: [],
        bundled: false,
        ...places
      })
  }
}

export const skillText = (name: string, description = `What ${name} is for.`): string =>
  `---\nname: ${name}\ndescription: ${description}\n---\n# ${name}\n\nDo it.\n`
