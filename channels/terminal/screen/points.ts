/** The points of a session as rows of a tree: a branch is indented, what merely goes on is not. */
import type { SessionNode } from "../../../plugins/session-node.ts"
import { ago } from "../text/numbers.ts"
import { clean } from "../text/text.ts"
import { treeRows } from "../../tree-rows.ts"
import type { Choice } from "./picker.ts"

/** Characters of what was said that a row shows. */
const shown = 80

const marks = { user: "›", assistant: "●", summary: "∴" } as const

/** The row of each point, in the order of the tree, the older branch first. @param nodes Oldest first. */
export const pointRows = (nodes: ReadonlyArray<SessionNode>, now: number): ReadonlyArray<Choice> => {
  const newest = nodes.at(-1)?.id
  return treeRows(nodes).map(({ node, lead }) => ({
    id: node.id,
    label: `${lead}${marks[node.metadata.role]} ${said(node)}`,
    note: noteOf(node, node.id === newest && nodes.length > 1, now)
  }))
}

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
