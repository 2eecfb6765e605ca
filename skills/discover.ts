/** Looks for skills and commands in all places at once, and says which of them count. */
import { basename, dirname, relative, sep } from "node:path"
import { setImmediate as rest } from "node:timers/promises"
import type { SkillSet } from "../plugins/skills.ts"
import { readSkill, type Standing } from "./read-skill.ts"
import { rootsOf, type SkillPlaces } from "./roots.ts"
import { type Found, isLoaded, type Loaded, type Root, type Told } from "./skill.ts"
import { isSkillFile, type Mark, type ReadFile, readSkillFile, type SkillFile } from "./skill-file.ts"
import { type MarkdownStep, walk, walkMarkdown } from "./walk.ts"

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
  const seen = { skill: new Set<string>(), command: new Set<string>() }
  const read: Memory = new Map()
  let begun = performance.now()
  for (const root of inTurn) {
    for (const { paths, notice } of filesOf(root, seen[root.kind])) {
      if (notice !== undefined) notices.push(notice)
      for (const path of paths) found.push(look(path, { ...root, project: places.cwd }, memory, read))
      if (performance.now() - begun < stretch) continue
      await rest()
      begun = performance.now()
    }
  }
  memory.clear()
  for (const [key, value] of read) memory.set(key, value)
  const set = ranked(found)
  return { ...set, notices: [...notices, ...aliases(set.skills)] }
}

/** Said once for all: what names a model of another program has the session's. */
const aliases = (skills: ReadonlyArray<Told>): ReadonlyArray<string> => {
  const models = skills.flatMap(({ model = "/" }) => (model.includes("/") ? [] : [model]))
  const names = [...new Set(models)].slice(0, 10).join(", ")
  return models.length === 0
    ? []
    : [`models that are none of ours (provider/model) are left aside, and the session's is used: ${names}`]
}

type Place = Root & { readonly project: string }

function* filesOf({ kind, folder }: Root, seen: Set<string>): Generator<Pick<MarkdownStep, "paths" | "notice">> {
  if (kind === "command") yield* walkMarkdown(folder, seen)
  else for (const { path, ...step } of walk(folder, seen)) yield { ...step, paths: path === undefined ? [] : [path] }
}

const look = (path: string, root: Place, before: Memory, now: Memory): Found => {
  const key = `${root.kind} ${root.plugin?.name ?? ""}\0${path}`
  let mark: Mark = ""
  const known = (is: Mark): boolean => {
    mark = is
    return before.get(key)?.mark === is
  }
  const file = readSkillFile({ path, within: root.within, ...kinOf(root.kind), whole: false, known })
  const said = file === undefined ? (before.get(key)?.said ?? "it cannot be read") : saidIn(file, path, root)
  if (mark !== "") now.set(key, { mark, said })
  if (typeof said === "string") return { path, reason: said }
  return { skill: { ...said, path, folder: dirname(path), source: root.source, trusted: root.trusted }, mark }
}

/** A command may lead nowhere else: any text could be one. */
export const kinOf = (kind: Root["kind"]): Pick<ReadFile, "akin"> => (kind === "command" ? { akin: () => false } : {})

const saidIn = (file: SkillFile | string, path: string, root: Place): Told | string => {
  if (typeof file === "string") return file
  const read = readSkill(file.text, standingOf(path, root))
  if (typeof read !== "string") return { ...read.told, warnings: [...file.warnings, ...read.told.warnings] }
  // The end of its frontmatter, or what stands in for a description, may come late.
  const whole =
    file.left > 0 ? readSkillFile({ path, within: root.within, ...kinOf(root.kind), whole: true }) : undefined
  return whole === undefined || typeof whole === "string" || whole.left >= file.left ? read : saidIn(whole, path, root)
}

const standingOf = (path: string, { kind, folder, plugin, project }: Place): Standing => ({
  folder: dirname(path),
  command: kind === "command" ? commandAt(folder, path) : undefined,
  plugin,
  project
})

/** Folders stand before the name, as in Claude Code: `frontend/component.md` is `frontend:component`. */
const commandAt = (root: string, path: string): string => {
  const parts = (root === path ? basename(path) : relative(root, path)).split(sep)
  const own = parts.length > 1 && isSkillFile(parts.at(-1) ?? "") ? parts.slice(0, -1) : parts
  return own.join(":").replace(/\.md$/i, "")
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
