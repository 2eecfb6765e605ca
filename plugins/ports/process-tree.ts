/**
 * All processes that a command started, found and signalled together.
 *
 * Everywhere: its process group. Where there is /proc (Linux) also those that left the group (setsid, daemons): by their
 * chain of parents, and by a mark that the command's environment carries, which survives the death of the parents.
 * Not covered: on Linux a process that left its group, lost its parents and cleared its environment; elsewhere any that
 * left its group.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"

let found: boolean | undefined

/** Looked for when it is needed: importing does no work. */
const hasProc = (): boolean => (found ??= existsSync("/proc/self/stat"))

/** The variable that carries the marks; marks of nested agents follow each other in it. */
export const markVariable = "KINTSUGI_COMMANDS"

export interface Tree {
  readonly group?: number | undefined
  /** Text inside `markVariable`: of one command, or the beginning that many have in common. */
  readonly mark?: string
}

export interface Process {
  readonly id: number
  readonly parent: number
  readonly group: number
}

/** The living processes of a tree; none where there is no /proc. */
export const members = ({ group, mark }: Tree): ReadonlyArray<Process> => {
  const processes = living()
  const found = new Set(processes.filter((one) => one.group === group || carries(one.id, mark)).map(({ id }) => id))
  for (let before = -1; before < found.size;) {
    before = found.size
    for (const { id, parent } of processes) if (found.has(parent)) found.add(id)
  }
  return processes.filter(({ id }) => found.has(id) && id !== process.pid)
}

/** @returns whether there was anybody to signal. Nobody gets the signal twice: for some programs that means something else. */
export const signal = (tree: Tree, name: NodeJS.Signals): boolean => {
  // Listed before the first dies: afterwards the chain of parents is broken.
  const all = members(tree)
  const grouped = tree.group !== undefined && send(-tree.group, name)
  for (const { id, group } of all) if (group !== tree.group) send(id, name)
  return all.length > 0 || (grouped && !hasProc())
}

/** Zombies do not count, where we can tell: a container's first process often leaves them lying. */
export const isAlive = (tree: Tree): boolean => (hasProc() ? members(tree).length > 0 : isGroupAlive(tree))

/** The same of those only that stayed in the group. Cheap when nobody did. */
export const isGroupAlive = ({ group }: Tree): boolean =>
  group !== undefined && send(-group, 0) && (!hasProc() || living().some((one) => one.group === group))

/** The command line of a process, to name it to people. */
export const commandLine = (id: number): string | undefined =>
  read(id, "cmdline")?.split("\0").join(" ").trim() || undefined

const send = (id: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(id, name)
  } catch {
    return false
  }
}

/** All processes of the machine that are not zombies; none where there is no /proc. */
const living = (): ReadonlyArray<Process> =>
  hasProc() ? readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? inspect(Number(name)) : [])) : []

/** `/proc/ID/stat` is `id (name) state parent group …`; the name may hold anything, also parentheses. See proc(5). */
const inspect = (id: number): ReadonlyArray<Process> => {
  const stat = read(id, "stat")
  const [state, parent, group] = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? []
  if (state === undefined || state === "Z" || state === "X") return []
  return [{ id, parent: Number(parent), group: Number(group) }]
}

const carries = (id: number, mark: string | undefined): boolean =>
  mark !== undefined && (read(id, "environ") ?? "").includes(mark)

/** `undefined` when it has ended or belongs to somebody else. */
const read = (id: number, file: string): string | undefined => {
  try {
    return readFileSync(`/proc/${id}/${file}`, "utf8")
  } catch {
    return undefined
  }
}
