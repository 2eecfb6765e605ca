/** `require` of a module that can only be imported. */
import { builders as b, functionAround, namedTypes as n, nodesIn } from "../syntax.ts"
import type { Template } from "../template.ts"
import { swap, textOf } from "./kit.ts"
import { waitAt } from "./promises.ts"

export const requireAsync: Template = {
  name: "require-async",
  tier: "B",
  treats: ({ kind, code }) =>
    kind === "require_async" || code === "ERR_REQUIRE_ASYNC_MODULE" || code === "ERR_REQUIRE_ESM",
  *propose(site) {
    for (const path of nodesIn(site.program)) {
      const { node } = path
      if (!n.CallExpression.check(node) || !n.Identifier.check(node.callee) || node.callee.name !== "require") continue
      const from = textOf(node.arguments[0])
      if (from === undefined) continue
      const imported = b.callExpression(b.import(), [b.stringLiteral(from)])
      const isTop = functionAround(path) === undefined && !/\.c[jt]s$/.test(site.file)
      const apply = isTop ? () => swap(path, b.awaitExpression(imported)) : waitAt(path, imported, site)
      if (apply !== undefined) yield { what: `imports ${from}, and waits for it`, apply }
    }
  }
}
