/** The health of all as one user may see it. */
import type { Health, HealthNode } from "../../actors/health.ts"
import type { Seat } from "./seat.ts"
import { isOperator, type User } from "./wire.ts"

/**
 * Who is not the machine's own user sees of agents only the own ones, and of failures none: what a plugin failed at may be
 * another's text. @param live The user's open sessions.
 */
export const healthFor = (health: Health, user: User, live: ReadonlyArray<Seat>): Health => {
  if (isOperator(user)) return health
  const own = new Set(live.flatMap((seat) => [seat.id, ...subagentsOf(seat)]))
  const { reasons: _hidden, ...told } = health
  return { ...told, cwd: "", pid: 0, tree: shown(health.tree, own) }
}

const subagentsOf = (seat: Seat): ReadonlyArray<string> =>
  seat
    .live()
    ?.view()
    .background.map(({ id }) => id) ?? []

const shown = (node: HealthNode, own: ReadonlySet<string>): HealthNode => {
  const { lastFailure: _hidden, pid: _pid, ...rest } = node
  const children = node.children.filter(({ kind, id }) => kind !== "agent" || own.has(id))
  return { ...rest, children: children.map((child) => shown(child, own)) }
}
