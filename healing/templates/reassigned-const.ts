/** A constant that is meant to change. */
import { namedTypes as n, nodesIn } from "../syntax.ts"
import type { Template } from "../template.ts"
import { declarationOf, inStatement, put } from "./kit.ts"

export const reassignedConst: Template = {
  name: "reassigned-const",
  tier: "A",
  treats: ({ kind }) => kind === "const_assignment",
  *propose(site) {
    const written = inStatement(site, (node) => n.AssignmentExpression.check(node) || n.UpdateExpression.check(node))
    const loops = inStatement(site, (node) => n.ForStatement.check(node))
    for (const path of [...written, ...loops]) {
      const { node } = path
      const target: unknown = n.AssignmentExpression.check(node)
        ? node.left
        : n.UpdateExpression.check(node)
          ? node.argument
          : undefined
      if (!n.Identifier.check(target)) continue
      const declared = declarationOf(path, target.name)
      const declaration = nodesIn(site.program).find(
        ({ node: one }) =>
          n.VariableDeclaration.check(one) &&
          one.kind === "const" &&
          one.declarations.some((each) => each === declared?.node)
      )
      if (declaration !== undefined)
        yield { what: `lets "${target.name}" change`, apply: () => put(declaration.node, "kind", "let") }
    }
  }
}
