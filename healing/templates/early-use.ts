/** A name used before the line that gives it its value. */
import { namedTypes as n } from "../syntax.ts"
import type { Template } from "../template.ts"
import { all, around, insert, namesBound, remove } from "./kit.ts"

export const earlyUse: Template = {
  name: "early-use",
  tier: "C",
  treats: ({ kind }) => kind === "used_too_early",
  *propose({ at, failure }) {
    const { property: name } = failure
    if (name === undefined) return
    for (const path of around(at)) {
      const list: unknown = path.parentPath?.value
      if (!Array.isArray(list) || !n.Statement.check(path.node)) continue
      const index = Number(path.name)
      const later = list.findIndex((one, other) => other > index && declares(one, name))
      if (later === -1) continue
      const declaration: unknown = list[later]
      yield {
        what: `gives "${name}" its value before it is used`,
        apply: () => all(remove(list, later), insert(list, index, declaration))
      }
      return
    }
  }
}

const declares = (statement: unknown, name: string): boolean =>
  n.ClassDeclaration.check(statement)
    ? statement.id?.name === name
    : n.VariableDeclaration.check(statement) &&
      statement.declarations.some((one) => namesBound("id" in one ? one.id : one).includes(name))
