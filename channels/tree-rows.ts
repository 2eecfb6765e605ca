/** The points of a session as rows of a tree: a branch is indented, what merely goes on is not. */
import type { SessionNode } from "../plugins/session-node.ts"

export interface TreeRow {
  readonly node: SessionNode
  /** Lines of the tree that stand before it. */
  readonly lead: string
}

interface Branch extends TreeRow {
  /** Stands before everything that follows it. */
  readonly below: string
}

/** In the order of the tree, the older branch first. @param nodes Oldest first. */
export const treeRows = (nodes: ReadonlyArray<SessionNode>): ReadonlyArray<TreeRow> => {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const rows: Array<TreeRow> = []
  /** What is still to be drawn, the next at the end: no recursion, a conversation can be thousands of points long. */
  const open = branches(
    nodes.filter(({ parent_id: parent }) => parent === null || !byId.has(parent)),
    ""
  )
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, lead, below } = next
    rows.push({ node, lead })
    const children = node.children.flatMap((id) => byId.get(id) ?? [])
    open.push(...branches(children, below))
  }
  return rows
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
