/** The functions that a tool's call runs through, found in the syntax tree: for failures that name no place. */
import type { Code } from "./code.ts"
import { type Forest, readTree, type Tree } from "./forest.ts"
import { ownModule } from "./own-module.ts"
import { keyOf, namedTypes as n, type NodePath, nodesIn, print, reading, textOf } from "./syntax.ts"

export interface Place {
  readonly tree: Tree
  readonly fn: NodePath
}

/** Most functions that are looked at; the nearest first. */
const most = 12

/** The `execute` of the tool, and the plugin's own functions that it calls, and those that these call, nearest first. */
export const functionsOf = (code: Code, forest: Forest, tool: string | undefined): ReadonlyArray<Place> =>
  // Each name is looked for in the whole file.
  reading(new WeakMap(), () => reachedFrom(executesOf(code, forest, tool), code, forest))

const reachedFrom = (first: ReadonlyArray<Place>, code: Code, forest: Forest): ReadonlyArray<Place> => {
  const found: Array<Place> = [...first]
  for (let at = 0; at < found.length && found.length < most; at += 1) {
    const place = found[at]
    if (place === undefined) break
    const next = calledIn(place).flatMap((path) => resolve(code, forest, place.tree, path))
    for (const one of next) if (!found.some(({ fn }) => fn.node === one.fn.node)) found.push(one)
  }
  return found.slice(0, most)
}

/** The plugin's own functions that an expression in a file may stand for. The trees of other files are not to be changed. */
export const ownFunctions = (code: Code, tree: Tree, path: NodePath): ReadonlyArray<NodePath> => {
  const forest: Forest = (file) => (file === tree.file ? tree : readTree(code, file))
  const found = resolve(code, forest, tree, path).map(({ fn }) => [fn.node, fn] as const)
  return [...new Map(found).values()]
}

/** Those of the tool by its name; where no name is written down, those whose name is not. */
const executesOf = (code: Code, forest: Forest, tool: string | undefined): ReadonlyArray<Place> => {
  const all = [code.module, ...code.files().filter((file) => file !== code.module)]
    .flatMap((file) => forest(file) ?? [])
    .flatMap((tree) => holdersIn(tree).map((holder) => ({ tree, ...holder })))
  const named = all.filter(({ name }) => name === tool)
  const nameless = all.filter(({ name }) => name === undefined)
  const chosen = named.length > 0 ? named : nameless.length > 0 ? nameless : tool === undefined ? all : []
  return chosen.flatMap(({ tree, execute }) => resolve(code, forest, tree, execute))
}

/** Everything in a file that has an `execute`, with its `name` when that is a text. */
const holdersIn = ({
  program
}: Tree): ReadonlyArray<{ readonly name: string | undefined; readonly execute: NodePath }> => {
  const holders = nodesIn(program).filter(({ node }) => n.ObjectExpression.check(node) || n.ClassBody.check(node))
  return holders.flatMap((holder) => {
    const members = pathsIn(holder.get(n.ClassBody.check(holder.node) ? "body" : "properties"))
    const member = (key: string) => members.find(({ node }) => keyOf(node) === key)
    const execute = member("execute")
    if (execute === undefined) return []
    const name = textOf(member("name")?.get("value").node)
    return [{ name, execute: n.Function.check(execute.node) ? execute : execute.get("value") }]
  })
}

const pathsIn = (list: NodePath): ReadonlyArray<NodePath> => list.map((one: NodePath) => one)

/** What a function calls or hands on to be called. */
const calledIn = ({ fn }: Place): ReadonlyArray<NodePath> =>
  nodesIn(fn).flatMap((path) => {
    if (!isCall(path.node)) return []
    const handed = pathsIn(path.get("arguments")).filter(
      ({ node }) => n.Identifier.check(node) || n.MemberExpression.check(node)
    )
    return [path.get("callee"), ...handed]
  })

const isCall = (node: unknown): boolean =>
  n.CallExpression.check(node) || n.OptionalCallExpression.check(node) || n.NewExpression.check(node)

/** The plugin's own functions that an expression may stand for. */
const resolve = (code: Code, forest: Forest, tree: Tree, path: NodePath, depth = 0): ReadonlyArray<Place> => {
  const { node } = path
  if (depth > 5 || node === null || node === undefined) return []
  const again = (to: NodePath) => resolve(code, forest, tree, to, depth + 1)
  if (n.Function.check(node)) return [{ tree, fn: path }]
  if (n.Identifier.check(node)) {
    const own = declared(tree, node.name)
    return own.length > 0 ? own.flatMap(again) : imported(code, forest, tree, node.name, undefined, depth)
  }
  if (n.MemberExpression.check(node) || n.OptionalMemberExpression.check(node)) {
    const key = node.computed === true || !n.Identifier.check(node.property) ? undefined : node.property.name
    if (key === undefined) return []
    if (key === "bind") return again(path.get("object"))
    const far = n.Identifier.check(node.object) ? imported(code, forest, tree, node.object.name, key, depth) : []
    return far.length > 0 ? far : members(tree, key).flatMap(again)
  }
  if (n.CallExpression.check(node)) return [path.get("callee"), ...pathsIn(path.get("arguments"))].flatMap(again)
  return []
}

/** Functions, and values, that a file declares under a name, at any depth. */
const declared = ({ program }: Tree, name: string): ReadonlyArray<NodePath> =>
  nodesIn(program).flatMap((path) => {
    const { node } = path
    if (n.FunctionDeclaration.check(node)) return node.id?.name === name ? [path] : []
    if (n.ClassDeclaration.check(node))
      return node.id?.name === name ? pathsIn(path.get("body", "body")).filter((one) => n.Function.check(one.node)) : []
    if (!n.VariableDeclarator.check(node) || !n.Identifier.check(node.id)) return []
    return node.id.name === name && node.init ? [path.get("init")] : []
  })

const members = ({ program }: Tree, key: string): ReadonlyArray<NodePath> =>
  nodesIn(program).flatMap((path) => {
    const { node } = path
    if (keyOf(node) !== key) return []
    if (n.Function.check(node)) return [path]
    const isValue = n.ObjectProperty.check(node) || n.ClassProperty.check(node)
    return isValue && n.Function.check(node.value) ? [path.get("value")] : []
  })

/** What a name stands for that is imported from a file of the plugin's own. */
const imported = (
  code: Code,
  forest: Forest,
  tree: Tree,
  local: string,
  member: string | undefined,
  depth: number
): ReadonlyArray<Place> =>
  tree.program.node.body.flatMap((statement) => {
    if (!n.ImportDeclaration.check(statement)) return []
    return (statement.specifiers ?? []).flatMap((one) => {
      if ((one.local?.name ?? "") !== local) return []
      const wanted = n.ImportNamespaceSpecifier.check(one)
        ? member
        : n.ImportSpecifier.check(one)
          ? String(one.imported.name)
          : "default"
      const file = ownModule(code, tree.file, String(statement.source.value))
      return wanted === undefined || file === undefined ? [] : exported(code, forest, file, wanted, depth + 1)
    })
  })

const exported = (code: Code, forest: Forest, file: string, name: string, depth: number): ReadonlyArray<Place> => {
  const tree = forest(file)
  if (tree === undefined || depth > 5) return []
  return pathsIn(tree.program.get("body")).flatMap((path) => {
    const { node } = path
    if (n.ExportDefaultDeclaration.check(node) && name === "default")
      return resolve(code, forest, tree, path.get("declaration"), depth + 1)
    if (n.ExportAllDeclaration.check(node)) {
      const next = ownModule(code, file, String(node.source.value))
      return next === undefined ? [] : exported(code, forest, next, name, depth + 1)
    }
    if (n.ExpressionStatement.check(node) && n.AssignmentExpression.check(node.expression)) {
      const assigned = print(node.expression.left)
      const isMeant = name === "default" ? assigned === "module.exports" : /^(module\.)?exports\./.test(assigned)
      const isNamed = name === "default" || assigned.endsWith(`.${name}`)
      return isMeant && isNamed ? resolve(code, forest, tree, path.get("expression", "right"), depth + 1) : []
    }
    if (!n.ExportNamedDeclaration.check(node)) return []
    const specifier = node.specifiers
      ?.filter((one) => n.ExportSpecifier.check(one))
      .find((one) => one.exported.name === name)
    const local = String(specifier?.local?.name ?? name)
    const next = typeof node.source?.value === "string" ? ownModule(code, file, node.source.value) : undefined
    if (specifier !== undefined && next !== undefined) return exported(code, forest, next, local, depth + 1)
    if (specifier === undefined && !node.declaration) return []
    return declared(tree, local).flatMap((one) => resolve(code, forest, tree, one, depth + 1))
  })
}
