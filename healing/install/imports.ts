/** Which packages a plugin's own source imports, read from its syntax; what an error says of it is not asked. */
import { isBuiltin } from "node:module"
import type { Code } from "../code.ts"
import { namedTypes, parseSource, visit } from "../syntax.ts"

export interface Import {
  /** Of the package: `lodash` of `lodash/fp`, `@scope/name` of `@scope/name/sub`. */
  readonly name: string
  /** Real absolute path of the file that imports it. */
  readonly file: string
}

/** What the host itself provides to every plugin. */
const provided = ["kintsugi", "zod"]

/** Of a file that does not parse, none: it cannot be loaded either. */
export const importsOf = (code: Code): ReadonlyArray<Import> => {
  const own = code.manifest()?.name
  return code.files().flatMap((file) =>
    [...specifiersIn(file, code.read(file) ?? "")].flatMap((specifier) => {
      const name = packageOf(specifier)
      return name === undefined || name === own || provided.includes(name) ? [] : [{ name, file }]
    })
  )
}

/** @returns `undefined` for what Node does not look up as a package: paths, addresses, its own modules, `#internal` ones. */
export const packageOf = (specifier: string): string | undefined => {
  if (specifier === "" || /^[./\\#]|^[a-z][a-z\d+.-]*:/i.test(specifier) || isBuiltin(specifier)) return undefined
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")
}

const specifiersIn = (file: string, source: string): ReadonlySet<string> => {
  const found = new Set<string>()
  const note = (node: unknown) => {
    const text = literal(node)
    if (text !== undefined) found.add(text)
  }
  visit(parsed(file, source), {
    visitImportDeclaration({ node }) {
      if (node.importKind !== "type" && node.importKind !== "typeof") note(node.source)
      return false
    },
    visitExportNamedDeclaration(path) {
      if (!("exportKind" in path.node && path.node.exportKind === "type")) note(path.node.source)
      this.traverse(path)
    },
    visitExportAllDeclaration({ node }) {
      if (!("exportKind" in node && node.exportKind === "type")) note(node.source)
      return false
    },
    visitImportExpression(path) {
      note(path.node.source)
      this.traverse(path)
    },
    visitCallExpression(path) {
      if (loads(path.node.callee)) note(path.node.arguments[0])
      this.traverse(path)
    }
  })
  return found
}

const parsed = (file: string, source: string) => {
  try {
    return parseSource(file, source)
  } catch {
    return parseSource(file, "")
  }
}

/** `import(…)`, `require(…)`, `require.resolve(…)`. */
const loads = (callee: unknown): boolean => {
  if (namedTypes.MemberExpression.check(callee))
    return (
      isRequire(callee.object) && namedTypes.Identifier.check(callee.property) && callee.property.name === "resolve"
    )
  return namedTypes.Import.check(callee) || isRequire(callee)
}

const isRequire = (node: unknown): boolean => namedTypes.Identifier.check(node) && node.name === "require"

/** A string that is written out; what is put together at run time cannot be known. */
const literal = (node: unknown): string | undefined => {
  if (namedTypes.StringLiteral.check(node)) return node.value
  if (namedTypes.TemplateLiteral.check(node) && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? undefined
  return undefined
}
