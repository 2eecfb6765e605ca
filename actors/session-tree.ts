/** A session as the tree of what was said in it: looking at it, naming a point, going on from another. */
import { callsOf, textOf } from "../llm/message.ts"
import type { AgentEvent } from "../machines/events.ts"
import type { SessionNode } from "../plugins/session-node.ts"
import type { Journal, JournalRow, Points, Writer } from "./journal.ts"

/** What somebody wrote, as a node shows it; `undefined` for events that say nothing. */
const saidIn = (
  event: AgentEvent
): { readonly role: SessionNode["metadata"]["role"]; readonly message: string } | undefined => {
  switch (event.type) {
    case "user.message":
      return { role: "user", message: textIn(event.content) }
    case "model.replied":
      return { role: "assistant", message: textOf(event.message).trim() || callsIn(event.message) }
    // What an agent in the background found out comes as a message, too.
    case "background.settled":
      return { role: "user", message: event.result.text }
    case "compaction.finished":
      return { role: "summary", message: event.summary }
    default:
      return undefined
  }
}

const textIn = (content: Extract<AgentEvent, { type: "user.message" }>["content"]): string =>
  content.map((block) => (block.type === "text" ? block.text : "[image]")).join("\n")

const callsIn = (message: Parameters<typeof callsOf>[0]): string => {
  const names = callsOf(message).map(({ name }) => name)
  return names.length === 0 ? "" : `→ ${names.join(", ")}`
}

/** What belongs to what was said before it: answers to calls, and whether a model may read it. */
const settling: ReadonlySet<AgentEvent["type"]> = new Set(["tool.settled", "message.admitted", "message.refused"])

/** A node, and how far one goes on from it. */
interface Known {
  readonly node: SessionNode & { readonly children: Array<string> }
  /** Seq of the last event that belongs to it: the answers to its calls are part of a reply. */
  end: number
}

export interface SessionTree {
  /** In the order in which they were said. */
  readonly nodes: ReadonlyArray<SessionNode>
  /** Where the conversation stands; `undefined` when nothing was said yet. */
  readonly head: SessionNode | undefined
  /** @param to A node's id, with or without `#` before it, or its label. @returns the node, and the event that the next one follows there. */
  readonly find: (to: string) => { readonly node: SessionNode; readonly seq: number } | undefined
}

/** @param rows Every event, as they were written. */
export const treeOf = (rows: Iterable<JournalRow>, { head, labels }: Points): SessionTree => {
  const names = new Map(labels.map(({ seq, label }) => [seq, label]))
  const known = new Map<string, Known>()
  /** By the seq of an event, the node that it belongs to. */
  const nodes = new Map<number, SessionNode["id"]>()
  for (const { seq, parent, at, event } of rows) {
    const before = nodes.get(parent)
    const said = saidIn(event)
    if (said === undefined) {
      const owner = before === undefined ? undefined : known.get(before)
      if (before !== undefined) nodes.set(seq, before)
      if (owner !== undefined && settling.has(event.type)) owner.end = seq
      continue
    }
    const id = String(seq)
    nodes.set(seq, id)
    if (before !== undefined) known.get(before)?.node.children.push(id)
    const [message, label] = [said.message, names.get(seq) ?? ""]
    const metadata = { role: said.role, head: false }
    const node = { id, parent_id: before ?? null, message, children: [], label, metadata, created_at: at }
    known.set(id, { node, end: seq })
  }
  const here = nodes.get(head)
  const all = Array.from(known.values(), ({ node }) =>
    node.id === here ? { ...node, metadata: { ...node.metadata, head: true } } : node
  )
  return {
    nodes: all,
    head: all.find(({ id }) => id === here),
    find: (to) => {
      const node = all.find(({ id, label }) => id === to || `#${id}` === to || (label !== "" && label === to))
      return node && { node, seq: known.get(node.id)?.end ?? 0 }
    }
  }
}

/** @throws JournalError when it cannot be read. */
export const readTree = (journal: Pick<Journal, "readAll" | "points">, id: string): SessionTree => {
  // Before the rows: what is written between the two is no harm, a head without its row would be.
  const points = journal.points(id)
  return treeOf(journal.readAll(id), points)
}

/** Characters of a label. */
const labelLength = 60

const labelProblem = (label: string): string | undefined => {
  if (label.trim() === "" || label.length > labelLength) return `must have 1 to ${labelLength} characters`
  if (/\p{Cc}/u.test(label)) return "must be one line"
  return /^#?\d+$/.test(label) ? "must not be a number: points have numbers of their own" : undefined
}

/** Names the point where the conversation stands. @throws Error, for people. */
export const forkHere = (tree: SessionTree, writer: Writer, label: string | undefined): SessionNode => {
  const { head, nodes } = tree
  if (head === undefined) throw new Error("nothing was said yet, so there is no point to come back to")
  const name = label?.trim() ?? (head.label || freeLabel(nodes))
  const problem = labelProblem(name)
  if (problem !== undefined) throw new Error(`the name of a point ${problem}`)
  writer.name(Number(head.id), name)
  return { ...head, label: name }
}

const freeLabel = (nodes: ReadonlyArray<SessionNode>): string => {
  const taken = new Set(nodes.map(({ label }) => label))
  let n = 1
  while (taken.has(`point-${n}`)) n += 1
  return `point-${n}`
}

/** @throws Error, for people, when there is no such point. */
export const pointIn = (tree: SessionTree, to: string): { readonly node: SessionNode; readonly seq: number } => {
  const found = tree.find(to.trim())
  if (found !== undefined) return found
  const labels = tree.nodes.flatMap(({ label }) => label || [])
  const known = labels.length === 0 ? "none has a name yet" : `named are ${labels.join(", ")}`
  throw new Error(`there is no point ${JSON.stringify(to)} in this session (${known}); /tree shows them all`)
}
