/** What a repair may import: what was imported before, files of the plugin's own, and a few harmless builtins. */
import { dirname, resolve, sep } from "node:path"
import { count, type Rule, surplus } from "./rule.ts"
import { child, children, keyOf, lastName, text, type View } from "./tree.ts"

/** Builtins that do nothing to the world, and what of them; an empty list stands for all. */
const harmless: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["path", []],
  ["url", []],
  ["util", []],
  ["buffer", []],
  ["timers/promises", ["setTimeout"]],
  ["module", ["createRequire"]],
  ["os", ["tmpdir"]]
])

interface Import {
  readonly source: string
  /** Names that are taken from it; `*` for all of it. */
  readonly names: ReadonlyArray<string>
}

export const imports: Rule = ({ before, after, root }) => {
  const known = new Set(importsIn(before).map(({ source }) => bare(source)))
  return [
    ...importsIn(after).flatMap(({ source, names }) => complaint(after.path, root, known, source, names)),
    ...(calculated(after) > calculated(before) ? ["loads a module whose name is calculated"] : [])
  ]
}

const bare = (source: string): string => source.replace(/^node:/, "")

const complaint = (
  path: string,
  root: string,
  known: ReadonlySet<string>,
  source: string,
  names: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const name = bare(source)
  if (known.has(name)) return []
  if (/^\.\.?\//.test(source)) {
    const target = resolve(dirname(path), source)
    const isOwn = target.startsWith(`${root}${sep}`) && !target.slice(root.length).includes(`${sep}node_modules${sep}`)
    return isOwn ? [] : [`imports ${source}, which lies outside the plugin's folder`]
  }
  if (name === "fs/promises" && known.has("fs")) return []
  const allowed = harmless.get(name)
  if (allowed === undefined) return [`imports ${source}, which was not imported before`]
  const more = names.filter((one) => allowed.length > 0 && !allowed.includes(one))
  return more.length === 0 ? [] : [`imports ${more.join(", ")} of ${source}`]
}

const importsIn = ({ places }: View): ReadonlyArray<Import> =>
  places.flatMap(({ node }) => {
    if (/^(Import|Export(Named|All))Declaration$/.test(node.type)) {
      const source = text(child(node, "source"), "value")
      return source === "" ? [] : [{ source, names: children(node, "specifiers").map(nameTaken) }]
    }
    const isLoad =
      node.type === "ImportExpression" ||
      (node.type === "CallExpression" && /^(require|import)$/.test(lastName(child(node, "callee"))))
    const asked = node.type === "ImportExpression" ? child(node, "source") : children(node, "arguments")[0]
    return isLoad && asked?.type === "StringLiteral" ? [{ source: text(asked, "value"), names: ["*"] }] : []
  })

const nameTaken = (specifier: Parameters<typeof keyOf>[0]): string => keyOf(specifier, "imported") ?? "*"

const calculated = ({ places }: View): number =>
  places.filter(({ node }) => {
    if (node.type === "ImportExpression") return child(node, "source")?.type !== "StringLiteral"
    if (node.type !== "CallExpression" || !/^(require|import)$/.test(lastName(child(node, "callee")))) return false
    return children(node, "arguments")[0]?.type !== "StringLiteral"
  }).length

/** What a file offers to others may grow, but nothing of it may go: somebody imports it. */
export const exported: Rule = ({ before, after }) =>
  surplus(exportsOf(before), exportsOf(after)).map((name) => `does not export ${name} any more`)

const exportsOf = ({ places }: View) =>
  count(
    places.flatMap(({ node }) => {
      if (node.type === "ExportDefaultDeclaration") return ["default"]
      if (node.type === "ExportSpecifier") return [keyOf(node, "exported") ?? "*"]
      if (node.type !== "ExportNamedDeclaration") return []
      const declaration = child(node, "declaration")
      const names = children(declaration, "declarations").map((one) => text(child(one, "id"), "name"))
      return [...names, text(child(declaration, "id"), "name")].filter((name) => name !== "")
    })
  )
