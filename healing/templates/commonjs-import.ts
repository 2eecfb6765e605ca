/** Names imported from a module that exports only one thing: a CommonJS package, or JSON. */
import { builders as b, namedTypes as n } from "../syntax.ts"
import type { Template } from "../template.ts"
import { all, insert, namesInScope, put } from "./kit.ts"

export const commonjsImport: Template = {
  name: "commonjs-import",
  tier: "A",
  treats: ({ kind }) => kind === "missing_named_export" || kind === "missing_export",
  *propose({ program, failure }) {
    const { body } = program.node
    const last = body.findLastIndex((one) => n.ImportDeclaration.check(one))
    for (const statement of body) {
      if (!n.ImportDeclaration.check(statement)) continue
      const specifier = String(statement.source.value)
      if (failure.kind === "missing_export" && !specifier.endsWith(".json")) continue
      const named = (statement.specifiers ?? []).filter((one) => n.ImportSpecifier.check(one))
      if (!named.some(({ imported }) => imported.name === failure.property)) continue
      const whole = (statement.specifiers ?? []).find((one) => n.ImportDefaultSpecifier.check(one))
      const taken = new Set(namesInScope(program).map(({ name }) => name))
      const local = String(whole?.local?.name ?? unusedName(specifier, taken))
      const properties = named.map((one) => {
        const key = String(one.imported.name)
        const property = b.objectProperty(b.identifier(key), b.identifier(String(one.local?.name ?? key)))
        property.shorthand = property.key.type === "Identifier" && key === (one.local?.name ?? key)
        return property
      })
      const taking = b.variableDeclaration("const", [
        b.variableDeclarator(b.objectPattern(properties), b.identifier(local))
      ])
      yield {
        what: `imports ${specifier} as a whole and takes the names from it`,
        apply: () =>
          all(
            put(statement, "specifiers", [whole ?? b.importDefaultSpecifier(b.identifier(local))]),
            insert(body, last + 1, taking)
          )
      }
    }
  }
}

/** A name for a whole module: `some-package` is `somePackage`. */
export const unusedName = (specifier: string, taken: ReadonlySet<string>): string => {
  const [word = "module"] = specifier
    .replace(/^node:/, "")
    .replace(/\.\w+$/, "")
    .split("/")
    .slice(-1)
  const camel =
    word.replace(/[^\w$]+(\w?)/g, (_, letter: string) => letter.toUpperCase()).replace(/^(?=\d)/, "_") || "module"
  return [camel, `${camel}Module`, `${camel}Whole`].find((name) => !taken.has(name)) ?? `${camel}$`
}
