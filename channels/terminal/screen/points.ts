/** The points of a session as rows of a tree: a branch is indented, what merely goes on is not. */
import type { SessionNode } from "../../../plugins/session-node.ts"
import { ago } from "../text/numbers.ts"
import { clean } from "../text/text.ts"
import type { Choice } from "./picker.ts"

/** Characters of what was said that a row shows. */
const shown = 80

const marks = { user: "›", assistant: "●", summary: "∴" } as const

/** The row of each point, in the order of the tree, the older branch first. @param nodes Oldest first. */
export const pointRows = (nodes: ReadonlyArray<SessionNode>, now: number): ReadonlyArray<Choice> => {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const newest = nodes.at(-1)?.id
  const rows: Array<Choice> = []
  /** What is still to be drawn, the next at the end: no recursion, a conversation can be thousands of points long. */
  const open = branches(
    nodes.filter(({ parent_id: parent }) => parent === null || !byId.has(parent)),
    ""
  )
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, lead, below } = next
    rows.push({
      id: node.id,
      label: `${lead}${marks[node.metadata.role]} ${said(node)}`,
      note: noteOf(node, node.id === newest && nodes.length > 1, now)
    })
    const children = node.children.flatMap((id) => byId.get(id) ?? [])
    open.push(...branches(children, below))
  }
  return rows
}

interface Branch {
  readonly node: SessionNode
  readonly lead: string
  /** Stands before everything that follows it. */
  readonly below: string
}

/** The last stands first: they are taken from the end. */
const branches = (nodes: ReadonlyArray<SessionNode>, lead: string): Array<Branch> =>
  nodes
    .map((node, at): Branch => {
      if (nodes.length === 1) return { node, lead, below: lead }
      const isLast = at === nodes.length - 1
      return { node, lead: `${lead}${isLast ? "└─ " : "├─ "}`, below: `${lead}${isLast ? "   " : "│  "}` }
    })
    .toReversed()

const said = ({ message }: SessionNode): string => {
  const line = clean(message.slice(0, 4 * shown))
    .replace(/\s+/g, " ")
    .trim()
  return line.length > shown ? `${line.slice(0, shown - 1)}…` : line
}

const noteOf = ({ id, label, metadata, created_at: at }: SessionNode, isNewest: boolean, now: number): string =>
  [
    ...(label === "" ? [] : [`[${clean(label)}]`]),
    ...(metadata.head ? ["you are here"] : []),
    ...(isNewest ? ["newest"] : []),
    ago(now - at),
    `#${id}`
  ].join(" · ")

/** What a point is called in a line. */
export const pointName = ({ id, label }: SessionNode): string => (label === "" ? `#${id}` : `${clean(label)} (#${id})`)
