/** Paths as people and addresses write them, folders that are not made yet or already there. Nothing leaves the allowed paths. */
import { functionAround, namedTypes, type NodePath } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { codeOf, expressionOf, insertBefore, isListed, statementAround } from "./edit.ts"
import { calledName, insert, put, swap } from "./kit.ts"
import { callAt, isNearest, isPlain } from "./reading.ts"
import { executeAround } from "./tool-input.ts"

const calls =
  /^(read|readFile|readFileSync|writeFile|writeFileSync|appendFile|appendFileSync|stat|statSync|readdir|readdirSync|open|openSync|mkdir|mkdirSync|resolve|write)$/
const writers = /^(writeFile|appendFile)(Sync)?$/

export const filePath: Template = {
  name: "file-path",
  tier: "B",
  treats: ({ code, kind }) => /^(ENOENT|EEXIST|EISDIR|ENOTDIR)$/.test(code ?? "") && kind !== "missing_program",
  *propose(site) {
    const call = callAt(site, (_, node) => calls.test(calledName(node) ?? ""), isNearest)
    if (call === undefined || call.node.arguments.length === 0) return
    const name = calledName(call.node) ?? ""
    const { code } = site.failure
    if (code === "EEXIST" || (code === "ENOENT" && name.startsWith("mkdir"))) yield* recursively(call, name)
    if (code === "ENOENT" || code === "ENOTDIR") yield* normalised(site, call)
    if (code === "ENOENT" && writers.test(name)) yield* withFolder(call, name)
    if (code === "EISDIR" && /^readFile(Sync)?$/.test(name)) yield* listed(call, name)
  }
}

/** A folder that is there already is as good as made. */
function* recursively({ node }: NodePath, name: string): Iterable<Proposed> {
  if (!/^mkdir(Sync)?$/.test(name) || !namedTypes.CallExpression.check(node)) return
  const [, options] = node.arguments
  const what = "makes the folders on the way as well, and minds none that is there"
  if (options === undefined) yield { what, apply: () => insert(node.arguments, 1, expressionOf("{ recursive: true }")) }
  if (!namedTypes.ObjectExpression.check(options)) return
  const own = options.properties.find((one) => namedTypes.ObjectProperty.check(one) && codeOf(one.key) === "recursive")
  const added = expressionOf("{ recursive: true }")
  if (own !== undefined) yield { what, apply: () => put(own, "value", expressionOf("true")) }
  else if (namedTypes.ObjectExpression.check(added))
    yield { what, apply: () => insert(options.properties, options.properties.length, added.properties[0]) }
}

/** By what stands in the path that was not found. */
function* normalised(site: Site, call: NodePath): Iterable<Proposed> {
  const tried = /'([^']*)'$/.exec(site.failure.said)?.[1] ?? site.failure.said
  const path: NodePath = call.get("arguments", 0)
  if (!namedTypes.Expression.check(path.node) || namedTypes.StringLiteral.check(path.node)) return
  const text = codeOf(path.node)
  if (/(^|\/)file:\/?\//.test(tried))
    yield {
      what: `takes the path out of the address \`${text}\``,
      apply: () => swap(path, expressionOf(`decodeURIComponent(String(${text}).replace(/^file:\\/\\//, ""))`))
    }
  if (tried.includes("\\"))
    yield {
      what: `writes \`${text}\` with this system's separators`,
      apply: () => swap(path, expressionOf(`String(${text}).replaceAll("\\\\", "/")`))
    }
  const port = portIn(executeAround(call))
  const mayWait = functionAround(call)?.node === executeAround(call)?.node
  // The host's port knows the home folder and the working folder, and stays within what is allowed.
  const isRelative = !/^(\/|file:|[a-z]:\\)/i.test(tried)
  if ((/(^|\/)~(\/|$)/.test(tried) || isRelative) && port !== undefined && mayWait && !text.includes(port))
    yield {
      what: `finds \`${text}\` as the host does, from the working or the home folder`,
      apply: () => swap(path, expressionOf(`await ${port}.resolve(${text})`))
    }
}

/** `context.files` or `files`, as this `execute` calls it, when it can wait for it. */
const portIn = (execute: NodePath | undefined): string | undefined => {
  if (!namedTypes.Function.check(execute?.node) || execute.node.async !== true) return undefined
  const [, context] = execute.node.params
  if (namedTypes.Identifier.check(context)) return `${context.name}.files`
  if (!namedTypes.ObjectPattern.check(context)) return undefined
  const found = context.properties.some((one) => namedTypes.ObjectProperty.check(one) && codeOf(one.value) === "files")
  return found ? "files" : undefined
}

/** The folder first, then the file. */
function* withFolder(call: NodePath, name: string): Iterable<Proposed> {
  const statement = statementAround(call)
  const { callee } = namedTypes.CallExpression.check(call.node) ? call.node : {}
  const path: NodePath = call.get("arguments", 0)
  if (statement === undefined || !isListed(statement) || !namedTypes.MemberExpression.check(callee)) return
  if (!isPlain(path.node) || !isPlain(callee.object)) return
  const text = codeOf(path.node)
  const isSync = name.endsWith("Sync")
  if (!isSync && !namedTypes.AwaitExpression.check(call.parent?.node)) return
  const make = `${isSync ? "" : "await "}${codeOf(callee.object)}.mkdir${isSync ? "Sync" : ""}`
  const folder = `String(${text}).replace(/[^/\\\\]*$/, "") || "."`
  yield {
    what: `makes the folder of \`${text}\` first`,
    apply: () => insertBefore(statement, `${make}(${folder}, { recursive: true })`)
  }
}

function* listed(call: NodePath, name: string): Iterable<Proposed> {
  const { callee } = namedTypes.CallExpression.check(call.node) ? call.node : {}
  if (!namedTypes.MemberExpression.check(callee)) return
  const object = codeOf(callee.object)
  const path: NodePath = call.get("arguments", 0)
  const isSync = name.endsWith("Sync")
  const awaits: NodePath = isSync ? call : call.parent
  if (!isSync && !namedTypes.AwaitExpression.check(awaits.node)) return
  const list = isSync
    ? `${object}.readdirSync(${codeOf(path.node)})`
    : `(await ${object}.readdir(${codeOf(path.node)}))`
  yield {
    what: `lists the folder \`${codeOf(path.node)}\``,
    invents: `the names in the folder \`${codeOf(path.node)}\` stood in for the content of a file`,
    apply: () => swap(awaits, expressionOf(`${list}.join("\\n")`))
  }
}
