/** What only CommonJS has (`require`, `module.exports`, `__dirname`), used in an ES module. */
import { builders as b, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Site, Template } from "../template.ts"
import { all, declarationOf, insert, memberName, put, swap, textOf, type Undo } from "./kit.ts"
import { exportsOf } from "./modules.ts"

export const commonjsGlobals: Template = {
  name: "commonjs-globals",
  tier: "A",
  treats: ({ kind, said }) =>
    kind === "cjs_in_esm" || / is not defined in ES module scope/.test(said) || kind === "not_defined",
  *propose(site) {
    if (/\.c[jt]s$/.test(site.file)) return
    const free = nodesIn(site.program).filter(
      (path) =>
        n.Identifier.check(path.node) && path.name !== "property" && declarationOf(path, path.node.name) === undefined
    )
    const folders = [...metaOf(free, "__dirname", "dirname"), ...metaOf(free, "__filename", "filename")]
    const exports = exportsIn(site)
    const required = free.filter(({ node, name }) => "name" in node && node.name === "require" && name === "callee")
    if (folders.length + exports.length + required.length === 0) return
    const imports = importsFor(required, site)
    if (imports !== undefined && required.length > 0)
      yield {
        what: "imports what it required",
        apply: () => all(...[...folders, ...exports, ...imports].map((change) => change()))
      }
    const made = required.length === 0 ? [] : [() => createRequire(site)]
    yield {
      what: required.length === 0 ? "uses what ES modules have for it" : "makes itself a require",
      apply: () => all(...[...folders, ...exports, ...made].map((change) => change()))
    }
  }
}

type Change = () => Undo

const metaOf = (free: ReadonlyArray<NodePath>, name: string, field: string): ReadonlyArray<Change> =>
  free
    .filter(({ node }) => "name" in node && node.name === name)
    .map(
      (path) => () =>
        swap(
          path,
          b.memberExpression(b.metaProperty(b.identifier("import"), b.identifier("meta")), b.identifier(field))
        )
    )

const createRequire = ({ program }: Site): Undo => {
  const { body } = program.node
  const name = b.identifier("createRequire")
  const importing = b.importDeclaration([b.importSpecifier(name, name)], b.stringLiteral("node:module"))
  const url = b.memberExpression(b.metaProperty(b.identifier("import"), b.identifier("meta")), b.identifier("url"))
  const making = b.variableDeclaration("const", [
    b.variableDeclarator(b.identifier("require"), b.callExpression(name, [url]))
  ])
  // Before whatever may use it: a require may stand above imports, which come first wherever they stand.
  const first = body.findIndex((one) => !n.ImportDeclaration.check(one))
  return insert(body, first === -1 ? body.length : first, importing, making)
}

/** Imports in place of requires, when every one is a declaration of its own at the top of the file. */
const importsFor = (required: ReadonlyArray<NodePath>, site: Site): ReadonlyArray<Change> | undefined => {
  const changes = required.map((path) => importFor(path.parent, site))
  return changes.every((change) => change !== undefined) ? changes : undefined
}

const importFor = (call: NodePath | undefined, site: Site): Change | undefined => {
  const [declarator, declaration] = [call?.parent, call?.parent?.parent]
  if (call === undefined || !n.CallExpression.check(call.node) || !n.VariableDeclarator.check(declarator?.node))
    return undefined
  const from = textOf(call.node.arguments[0])
  if (
    from === undefined ||
    !n.Program.check(declaration?.parent?.node) ||
    !n.VariableDeclaration.check(declaration.node)
  )
    return undefined
  if (declaration.node.declarations.length !== 1) return undefined
  const { id } = declarator.node
  const { values } = exportsOf(site.code, site.file, from)
  const source = b.stringLiteral(from)
  if (n.Identifier.check(id)) {
    const isWhole = values.length > 0 && !values.includes("default")
    const specifier = isWhole
      ? b.importNamespaceSpecifier(b.identifier(id.name))
      : b.importDefaultSpecifier(b.identifier(id.name))
    return () => swap(declaration, b.importDeclaration([specifier], source))
  }
  if (!n.ObjectPattern.check(id) || values.length === 0) return undefined
  const specifiers = id.properties.flatMap((one) =>
    n.ObjectProperty.check(one) && n.Identifier.check(one.key) && n.Identifier.check(one.value)
      ? [b.importSpecifier(b.identifier(one.key.name), b.identifier(one.value.name))]
      : []
  )
  return specifiers.length === id.properties.length
    ? () => swap(declaration, b.importDeclaration(specifiers, source))
    : undefined
}

/** `module.exports = x` and `exports.a = x`, at the top of the file. */
const exportsIn = ({ program }: Site): ReadonlyArray<Change> =>
  program.node.body.flatMap((statement, at) => {
    if (!n.ExpressionStatement.check(statement) || !n.AssignmentExpression.check(statement.expression)) return []
    const { left, right } = statement.expression
    if (!n.MemberExpression.check(left)) return []
    const exported = exportedName(left)
    if (exported === undefined) return []
    const declaration =
      exported === "default"
        ? b.exportDefaultDeclaration(right)
        : n.Identifier.check(right) && right.name === exported
          ? b.exportNamedDeclaration(null, [
              b.exportSpecifier.from({ local: b.identifier(exported), exported: b.identifier(exported) })
            ])
          : b.exportNamedDeclaration(
              b.variableDeclaration("const", [b.variableDeclarator(b.identifier(exported), right)])
            )
    return [() => put(program.node.body, at, declaration)]
  })

const exportedName = (left: unknown): string | undefined => {
  if (!n.MemberExpression.check(left)) return undefined
  const name = memberName(left)
  const { object } = left
  if (n.Identifier.check(object))
    return object.name === "exports" ? name : object.name === "module" && name === "exports" ? "default" : undefined
  return exportedName(object) === "default" ? name : undefined
}
