/** A class called without `new`, `new` of what is no class, and a module taken for what it exports. */
import { builders as b, namedTypes as n, type NodePath } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { calledName, inFunction, inStatement, put, shown, swap } from "./kit.ts"
import { exportsOf, importsOf } from "./modules.ts"

/** As V8 says it of its own classes. */
const builtin = /^Constructor (\w+) requires 'new'/

export const missingNew: Template = {
  name: "missing-new",
  tier: "A",
  treats: ({ kind, said }) => /^(class_without_new|not_a_constructor|not_a_function)$/.test(kind) || builtin.test(said),
  *propose(site) {
    const [, native] = builtin.exec(site.failure.said) ?? []
    const kind = native === undefined ? site.failure.kind : "class_without_new"
    const property = native ?? site.failure.property
    const is = (node: unknown) => n.CallExpression.check(node) || n.NewExpression.check(node)
    const near = inStatement(site, is)
    for (const path of near.length > 0 ? near : inFunction(site, is)) {
      const { node } = path
      const isNamed = property === undefined || calledName(node) === property
      if (kind === "class_without_new" && n.CallExpression.check(node) && isNamed)
        yield {
          what: `makes a new ${shown(node.callee)}`,
          apply: () =>
            swap(path, { ...b.newExpression(node.callee, node.arguments), typeParameters: node.typeParameters })
        }
      if (kind !== "class_without_new" && isNamed) yield* throughModule(path, site)
      if (kind === "not_a_constructor" && n.NewExpression.check(node) && isNamed)
        yield {
          what: `calls ${shown(node.callee)} without new`,
          apply: () => swap(path, b.callExpression(node.callee, node.arguments))
        }
    }
  }
}

/** `new lib()` where `lib` is all of a module. */
function* throughModule({ node }: NodePath, { program, code, file }: Site): Generator<Proposed> {
  if (!n.CallExpression.check(node) && !n.NewExpression.check(node)) return
  const { callee } = node
  if (!n.Identifier.check(callee)) return
  const whole = importsOf(program).find(({ local, name }) => local === callee.name && /^(\*|default)$/.test(name))
  if (whole === undefined) return
  const { values } = exportsOf(code, file, whole.specifier)
  const members =
    values.length > 0 ? values.filter((one) => one === callee.name || one === "default") : ["default", callee.name]
  for (const name of members)
    yield {
      what: `uses ${callee.name}.${name} where ${callee.name} stood`,
      apply: () => put(node, "callee", b.memberExpression(callee, b.identifier(name)))
    }
}
