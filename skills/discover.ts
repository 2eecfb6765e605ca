/** Looks for skills in all places at once, and says which of them count. */
import { dirname } from "node:path"
import { setImmediate as rest } from "node:timers/promises"
import type { SkillSet } from "../plugins/skills.ts"
import { readSkill } from "./read-skill.ts"
import { rootsOf, type SkillPlaces } from "./roots.ts"
import { type Found, isLoaded, type Loaded, type Root, type Told } from "./skill.ts"
import { type Mark, readSkillFile, type SkillFile } from "./skill-file.ts"
import { walk } from "./walk.ts"

/** What files said when they were read last: they are read again only when they have changed. */
export type Memory = Map<string, { readonly mark: Mark; readonly said: Told | string }>

/** Milliseconds of work at a stretch: meanwhile nothing else of this process goes on. */
const stretch = 8

/** @param memory Of the last time; it is brought up to date. */
export const discover = async (places: SkillPlaces, memory: Memory): Promise<SkillSet> => {
  const roots = rootsOf(places)
  // Last, so that an untrusted folder cannot lay claim to what is reached by other ways.
  const inTurn = [...roots.filter(({ trusted }) => trusted), ...roots.filter(({ trusted }) => !trusted)]
  const found: Array<Found> = []
  const notices: Array<string> = []
  const seen = new Set<string>()
  const read: Memory = new Map()
  let begun = performance.now()
  for (const root of inTurn) {
    for (const { path, notice } of walk(root.folder, seen)) {
      if (notice !== undefined) notices.push(notice)
      if (path !== undefined) found.push(look(path, root, memory, read))
      if (performance.now() - begun < stretch) continue
      await rest()
      begun = performance.now()
    }
  }
  memory.clear()
  for (const [key, value] of read) memory.set(key, value)
  return { ...ranked(found), notices }
}

const look = (path: string, root: Root, before: Memory, now: Memory): Found => {
  const key = `${root.plugin ?? ""}\0${path}`
  let mark: Mark = ""
  const known = (is: Mark): boolean => {
    mark = is
    return before.get(key)?.mark === is
  }
  const file = readSkillFile({ path, within: root.within, whole: false, known })
  const said = file === undefined ? (before.get(key)?.said ?? "it cannot be read") : saidIn(file, path, root)
  if (mark !== "") now.set(key, { mark, said })
  if (typeof said === "string") return { path, reason: said }
  return { skill: { ...said, path, folder: dirname(path), source: root.source, trusted: root.trusted }, mark }
}

const saidIn = (file: SkillFile | string, path: string, root: Root): Told | string => {
  if (typeof file === "string") return file
  const read = readSkill(file.text, dirname(path), root.plugin)
  if (typeof read !== "string") return { ...read.told, warnings: [...file.warnings, ...read.told.warnings] }
  // The end of its frontmatter, or what stands in for a description, may come late.
  const whole = file.left > 0 ? readSkillFile({ path, within: root.within, whole: true }) : undefined
  return whole === undefined || typeof whole === "string" || whole.left >= file.left ? read : saidIn(whole, path, root)
}

/** Of two that are called alike the first counts: those that are not trusted stand last. */
const ranked = (found: ReadonlyArray<Found>): Omit<SkillSet, "notices"> => {
  const loaded = found.filter(isLoaded)
  const first = new Map<string, Loaded>()
  for (const one of loaded) if (!first.has(one.skill.command)) first.set(one.skill.command, one)
  return {
    skills: [...first.values()].map(({ skill }) => skill),
    shadowed: loaded.flatMap(({ skill, mark }) => {
      const by = first.get(skill.command)
      return by === undefined || by.mark === mark ? [] : [{ skill, by: by.skill }]
    }),
    broken: found.flatMap((one) => (isLoaded(one) ? [] : [one]))
  }
}
