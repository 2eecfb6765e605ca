/** Source files as the architecture's rules see them: a path, a text and what it imports. */
import { posix } from "node:path"
import { parseAst } from "vitest/node"

/** value: loaded with the file · type: gone at run time · lazy: loaded when that line runs. */
export type ImportKind = "value" | "type" | "lazy"

export interface Import {
  readonly kind: ImportKind
  /** From the project's root; absent for packages. */
  readonly path?: string
  /** Name of the package, without the path inside it; absent for relative imports. */
  readonly package?: string
  /** As written. */
  readonly target: string
  /** Names imported one by one; empty for `* as` and for lazy imports. */
  readonly names: ReadonlyArray<string>
}

export interface Source {
  /** From the project's root, with `/`. */
  readonly path: string
  readonly text: string
  readonly imports: ReadonlyArray<Import>
  /** Every `name.property` that is evaluated; types are not. */
  readonly reads: ReadonlyArray<string>
  /** Kinds of the top-level statements, in their order. */
  readonly statements: ReadonlyArray<string>
}

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null

const literal = (value: unknown): string | undefined => {
  if (!isNode(value)) return undefined
  if (typeof value.value === "string") return value.value
  const [only, ...more] = Array.isArray(value.quasis) ? value.quasis : []
  return more.length === 0 && isNode(only?.value) && typeof only.value.cooked === "string"
    ? only.value.cooked
    : undefined
}

/** `new URL("./worker.ts", import.meta.url)` loads a file as surely as an import does. */
const urlOf = (node: Node): unknown => {
  const [first] = Array.isArray(node.arguments) ? node.arguments : []
  return isNode(node.callee) && node.callee.name === "URL" && literal(first)?.endsWith(".ts") ? first : undefined
}

const importOf = (node: Node): readonly [ImportKind, unknown] | undefined => {
  switch (node.type) {
    case "ImportDeclaration":
      return [node.importKind === "type" ? "type" : "value", node.source]
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
      return [node.exportKind === "type" ? "type" : "value", node.source]
    case "TSImportType":
      return ["type", node.source]
    case "ImportExpression":
      return ["lazy", node.source]
    case "NewExpression":
      return ["lazy", urlOf(node)]
    default:
      return undefined
  }
}

const namesOf = ({ specifiers }: Node): ReadonlyArray<string> =>
  (Array.isArray(specifiers) ? specifiers : []).flatMap(({ imported }) =>
    isNode(imported) ? String(imported.name) : []
  )

const nodesBelow = (value: unknown): ReadonlyArray<Node> => {
  if (Array.isArray(value)) return value.flatMap(nodesBelow)
  return isNode(value) ? [value, ...Object.values(value).flatMap(nodesBelow)] : []
}

const importIn = (node: Node): ReadonlyArray<Pick<Import, "kind" | "target" | "names">> => {
  const [kind, source] = importOf(node) ?? []
  const target = literal(source)
  return kind === undefined || target === undefined ? [] : [{ kind, target, names: namesOf(node) }]
}

const readIn = ({ object, property }: Node): ReadonlyArray<string> =>
  isNode(object) && isNode(property) && typeof object.name === "string" ? [`${object.name}.${property.name}`] : []

export const readSource = (path: string, text: string): Source => {
  const program = parseAst(text, { lang: "ts" })
  const nodes = nodesBelow(program.body)
  const locate = (target: string) =>
    target.startsWith(".")
      ? { path: posix.join(posix.dirname(path), target) }
      : { package: target.split("/", target.startsWith("@") ? 2 : 1).join("/") }
  return {
    path,
    text,
    imports: nodes.flatMap(importIn).map((found) => ({ ...found, ...locate(found.target) })),
    reads: nodes.flatMap(readIn),
    statements: program.body.map((statement) => statement.type)
  }
}
