/** Looks for agents in all places at once, and says which of them count. */
import { setImmediate as rest } from "node:timers/promises"
import type { AgentFile, AgentFileSet } from "../../plugins/agent-files.ts"
import { type Mark, readSkillFile } from "../skill-file.ts"
import { walkMarkdown } from "../walk.ts"
import { readAgent, type ToldAgent } from "./read-agent.ts"
import type { AgentRoot } from "./roots.ts"

/** What files said when they were read last: they are read again only when they have changed. `undefined`: no agent. */
export type Memory = Map<string, { readonly mark: Mark; readonly said: ToldAgent | string | undefined }>

interface Loaded {
  readonly agent: AgentFile
  /** The same for one file that is reached by two ways. */
  readonly mark: Mark
}

type Found = Loaded | { readonly path: string; readonly reason: string }

/** Milliseconds of work at a stretch: meanwhile nothing else of this process goes on. */
const stretch = 8

/** @param memory Of the last time; it is brought up to date. */
export const discoverAgents = async (roots: ReadonlyArray<AgentRoot>, memory: Memory): Promise<AgentFileSet> => {
  // Last, so that an untrusted folder cannot lay claim to what is reached by other ways.
  const inTurn = [...roots.filter(({ trusted }) => trusted), ...roots.filter(({ trusted }) => !trusted)]
  const found: Array<Found> = []
  const notices: Array<string> = []
  const seen = new Set<string>()
  const read: Memory = new Map()
  let begun = performance.now()
  for (const root of inTurn) {
    for (const { paths, notice } of walkMarkdown(root.folder, seen)) {
      if (notice !== undefined) notices.push(notice)
      for (const path of paths) found.push(...look(path, root, memory, read))
      if (performance.now() - begun < stretch) continue
      await rest()
      begun = performance.now()
    }
  }
  memory.clear()
  for (const [key, value] of read) memory.set(key, value)
  return { ...ranked(found), notices }
}

const look = (path: string, root: AgentRoot, before: Memory, now: Memory): ReadonlyArray<Found> => {
  const key = `${root.plugin?.name ?? ""}\0${path}`
  let mark: Mark = ""
  const known = (is: Mark): boolean => {
    mark = is
    return before.get(key)?.mark === is
  }
  const file = readSkillFile({ path, within: root.within, akin: isAmongAgents, whole: true, known })
  const said = file === undefined ? before.get(key)?.said : typeof file === "string" ? file : saidIn(file, path, root)
  if (mark !== "") now.set(key, { mark, said })
  if (said === undefined) return []
  if (typeof said === "string") return [{ path, reason: said }]
  return [{ agent: { ...said, path, source: root.source, trusted: root.trusted }, mark }]
}

/** A file of this name in such a folder was written to be read by an agent. */
export const isAmongAgents = (real: string): boolean => /\/agents\/(?:[^/]+\/)*[^/]+\.md$/i.test(real)

const saidIn = (
  { text, warnings }: { readonly text: string; readonly warnings: ReadonlyArray<string> },
  path: string,
  root: AgentRoot
): ToldAgent | string | undefined => {
  const read = readAgent(text, path, root.plugin?.name)
  if (read === undefined || typeof read === "string") return read
  return { ...read.told, warnings: [...warnings, ...read.told.warnings] }
}

/** Of two that are called alike the first counts: those that are not trusted stand last. */
const ranked = (found: ReadonlyArray<Found>): Omit<AgentFileSet, "notices"> => {
  const loaded = found.filter((one): one is Loaded => "agent" in one)
  const first = new Map<string, Loaded>()
  for (const one of loaded) {
    const key = one.agent.name.toLowerCase()
    if (!first.has(key)) first.set(key, one)
  }
  return {
    agents: [...first.values()].map(({ agent }) => agent),
    shadowed: loaded.flatMap(({ agent, mark }) => {
      const by = first.get(agent.name.toLowerCase())
      return by === undefined || by.mark === mark ? [] : [{ agent, by: by.agent }]
    }),
    broken: found.filter((one): one is Exclude<Found, Loaded> => "reason" in one)
  }
}
