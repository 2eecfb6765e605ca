/** What a file imports, and what a file of the plugin exports. */
import type { Code } from "../code.ts"
import { readTree } from "../forest.ts"
import { namedTypes as n, type NodePath } from "../syntax.ts"
import { isRelative, ownModule } from "../own-module.ts"
import { namesBound, textOf } from "./kit.ts"
import { builtinExports } from "./known-names.ts"
import { packageExports } from "./package-names.ts"

/** One name that a file imports. */
export interface Imported {
  readonly local: string
  /** `default`, `*` or a name. */
  readonly name: string
  readonly specifier: string
}

export const importsOf = (program: NodePath): ReadonlyArray<Imported> => {
  const { node } = program
  if (!n.Program.check(node)) return []
  return node.body.flatMap((statement) => {
    if (!n.ImportDeclaration.check(statement)) return []
    const specifier = String(statement.source.value)
    return (statement.specifiers ?? []).map((one) => ({
      local: String(one.local?.name ?? ("imported" in one ? one.imported.name : "")),
      name: n.ImportNamespaceSpecifier.check(one)
        ? "*"
        : n.ImportSpecifier.check(one)
          ? String(one.imported.name)
          : "default",
      specifier
    }))
  })
}

export interface Exports {
  /** Names of values, `default` among them. */
  readonly values: ReadonlyArray<string>
  /** Names of types: there is nothing of them at run time. */
  readonly types: ReadonlyArray<string>
}

const none: Exports = { values: [], types: [] }

/** A CommonJS module, of which an import surely gets the whole. */
const assigns = /^\s*(module\.exports|exports\.[\w$]+)\s*=/m

/** What a module of the plugin, a built-in one or an installed package exports; nothing for any other. */
export const exportsOf = (code: Code, from: string, specifier: string, depth = 0): Exports => {
  const builtin = builtinExports(specifier)
  if (builtin.length > 0) return { values: [...builtin, "default"], types: [] }
  if (specifier.endsWith(".json")) return { values: ["default"], types: [] }
  if (!isRelative(specifier)) return { values: packageExports(from, specifier), types: [] }
  const file = ownModule(code, from, specifier)
  const tree = file === undefined ? undefined : readTree(code, file)
  if (tree === undefined || depth > 3) return none
  const parts = tree.ast.program.body.map((statement) => exportsIn(code, tree.file, statement, depth))
  if (!parts.some(({ values, types }) => values.length + types.length > 0) && assigns.test(tree.source))
    return { values: ["default"], types: [] }
  return { values: parts.flatMap(({ values }) => values), types: parts.flatMap(({ types }) => types) }
}

const exportsIn = (code: Code, file: string, statement: unknown, depth: number): Exports => {
  if (n.ExportDefaultDeclaration.check(statement)) return { values: ["default"], types: [] }
  if (n.ExportAllDeclaration.check(statement)) {
    const { values, types } = exportsOf(code, file, textOf(statement.source) ?? "", depth + 1)
    return { values: values.filter((name) => name !== "default"), types }
  }
  if (!n.ExportNamedDeclaration.check(statement)) return none
  const listed = (statement.specifiers ?? []).flatMap((one) => ("exported" in one ? [nameOf(one.exported)] : []))
  const { declaration } = statement
  if (isType(declaration)) return { values: [], types: [String(declaration.id.name)] }
  return { values: [...listed, ...namesOf(declaration)], types: [] }
}

const nameOf = (node: unknown): string => (n.Identifier.check(node) ? node.name : (textOf(node) ?? ""))

export const isType = (node: unknown): node is { readonly id: { readonly name: string } } =>
  n.TSInterfaceDeclaration.check(node) || n.TSTypeAliasDeclaration.check(node)

/** Names that a declaration declares. */
export const namesOf = (declaration: unknown): ReadonlyArray<string> => {
  if (n.VariableDeclaration.check(declaration))
    return declaration.declarations.flatMap((one) => namesBound("id" in one ? one.id : one))
  if (
    n.FunctionDeclaration.check(declaration) ||
    n.ClassDeclaration.check(declaration) ||
    n.TSEnumDeclaration.check(declaration)
  )
    return declaration.id ? [String(declaration.id.name)] : []
  return []
}
