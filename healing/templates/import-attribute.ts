/** JSON imported without saying that it is JSON. */
import { builders as b, namedTypes as n, nodesIn } from "../syntax.ts"
import type { Template } from "../template.ts"
import { all, insert, put, textOf } from "./kit.ts"

export const importAttribute: Template = {
  name: "import-attribute",
  tier: "A",
  treats: ({ kind, code }) => kind === "import_attribute" || code === "ERR_IMPORT_ATTRIBUTE_MISSING",
  *propose({ program, failure }) {
    const name = (failure.subject ?? failure.said).split("/").at(-1) ?? ""
    for (const { node } of nodesIn(program)) {
      if (n.ImportDeclaration.check(node)) {
        const source = String(node.source.value)
        if (!isJson(source, name) || hasAttributes(node)) continue
        const attribute = b.importAttribute(b.identifier("type"), b.stringLiteral("json"))
        yield {
          what: `says that ${source} is JSON`,
          // recast prints these two fields, and not `attributes`.
          apply: () => all(put(node, "assertions", [attribute]), put(node, "importAttributesKeyword", "with"))
        }
      }
      if (n.CallExpression.check(node) && n.Import.check(node.callee) && node.arguments.length === 1) {
        const source = textOf(node.arguments[0])
        if (source === undefined || !isJson(source, name)) continue
        const type = b.objectExpression([b.objectProperty(b.identifier("type"), b.stringLiteral("json"))])
        const options = b.objectExpression([b.objectProperty(b.identifier("with"), type)])
        yield { what: `says that ${source} is JSON`, apply: () => insert(node.arguments, 1, options) }
      }
    }
  }
}

const isJson = (source: string, name: string): boolean =>
  source.endsWith(".json") && name.includes(source.split("/").at(-1) ?? "")

const hasAttributes = (node: object): boolean =>
  "attributes" in node && Array.isArray(node.attributes) && node.attributes.length > 0
