/**
 * The tree of a session as an outline: what is gone on with stands in a straight line, the way to the head on the first level; other
 * ways stand below the point where they begin.
 */
import type { SessionNode } from "../../../../plugins/session-node.ts"
import type { Item } from "../outline/outline.ts"

export interface Point {
  readonly node: SessionNode
  /** Another way begins with it. */
  readonly isFirst: boolean
  /** It is the end of its way. */
  readonly isLast: boolean
}

/** More points than this beside the way stand folded at first. */
const most = 12

/** @param nodes In the order in which they were said. */
export const pointsOf = (nodes: ReadonlyArray<SessionNode>): ReadonlyArray<Item<Point>> => {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const wayToHead = above(
    nodes.find(({ metadata }) => metadata.head),
    byId
  )
  const roots = nodes.filter(({ parent_id: parent }) => parent === null || !byId.has(parent))
  const next = (children: ReadonlyArray<SessionNode>): SessionNode | undefined =>
    children.find(({ id }) => wayToHead.has(id)) ?? children.at(-1)

  /** One way, from its first point to its end. */
  const line = (first: SessionNode, isBranch: boolean): ReadonlyArray<Item<Point>> => {
    const items: Array<Item<Point>> = []
    for (let node: SessionNode | undefined = first; node !== undefined;) {
      const children = node.children.flatMap((id) => byId.get(id) ?? [])
      const onward: SessionNode | undefined = next(children)
      const beside = children.filter((child) => child !== onward).flatMap((child) => line(child, true))
      const point: Point = { node, isFirst: isBranch && node === first, isLast: onward === undefined }
      items.push({ id: node.id, name: saidIn(node), isOpen: beside.length <= most, of: point, children: beside })
      node = onward
    }
    return items
  }
  return roots.flatMap((root, at) => line(root, at > 0))
}

/** A point and all that it follows. */
const above = (from: SessionNode | undefined, byId: ReadonlyMap<string, SessionNode>): ReadonlySet<string> => {
  const ids = new Set<string>()
  for (let node = from; node !== undefined && !ids.has(node.id); node = byId.get(node.parent_id ?? "")) ids.add(node.id)
  return ids
}

/** Characters of what was said that a row shows. */
const shown = 200

/** On one line. */
export const saidIn = ({ message }: SessionNode): string => {
  const line = message
    .slice(0, 4 * shown)
    .replace(/\s+/g, " ")
    .trim()
  return line.length > shown ? `${line.slice(0, shown - 1)}…` : line
}

/** What a point is called in a sentence. */
export const pointName = ({ id, label }: SessionNode): string => (label === "" ? `#${id}` : label)
