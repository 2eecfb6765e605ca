/** An example of a tool that says nothing at all, and for which the plugin cannot be loaded: it is left out. */
import { keyOf, namedTypes as n, nodesIn } from "../syntax.ts"
import type { Template } from "../template.ts"
import { remove } from "./kit.ts"

export const emptyExample: Template = {
  name: "empty-example",
  tier: "A",
  treats: ({ said }) => said.includes("examples must be a list of"),
  *propose({ program }) {
    for (const { node } of nodesIn(program)) {
      if (!n.ObjectProperty.check(node) || keyOf(node) !== "examples" || !n.ArrayExpression.check(node.value)) continue
      const { elements } = node.value
      const index = elements.findIndex((one) => n.ObjectExpression.check(one) && one.properties.length === 0)
      if (index >= 0 && elements.length > 1)
        yield { what: "leaves out an example that says nothing", apply: () => remove(elements, index) }
    }
  }
}
