/** Node's interfaces that are gone, and what took their place. */
import { builders as b, namedTypes as n, type NodePath, nodesIn, type Program } from "../syntax.ts"
import type { Proposed, Template } from "../template.ts"
import { all, isCall, isMember, keyOf, memberName, namesInScope, put, remove, shown, swap, type Undo } from "./kit.ts"
import { importsOf } from "./modules.ts"

type Expression = NonNullable<Parameters<typeof b.awaitExpression>[0]>

const member = (object: Expression, name: string) =>
  b.memberExpression(object as Parameters<typeof b.memberExpression>[0], b.identifier(name))
const call = (callee: Expression, ...args: ReadonlyArray<Expression>) =>
  b.callExpression(callee as Parameters<typeof b.callExpression>[0], [...args])
const typeIs = (value: Expression, type: string) =>
  b.binaryExpression("===", b.unaryExpression("typeof", value), b.stringLiteral(type))
const is = (value: Expression, other: Expression, operator: "===" | "!==" = "===") =>
  b.binaryExpression(operator, value, other)
const nothing = b.identifier("undefined")

/** `util.isX(value)`, gone since Node 23: by what its documentation says to use. The second is `util.types`. */
const checks: Readonly<Record<string, (value: Expression, types: () => Expression) => Expression>> = {
  isArray: (value) => call(member(b.identifier("Array"), "isArray"), value),
  isBoolean: (value) => typeIs(value, "boolean"),
  isBuffer: (value) => call(member(b.identifier("Buffer"), "isBuffer"), value),
  isDate: (value, types) => call(member(types(), "isDate"), value),
  isError: (value, types) => call(member(types(), "isNativeError"), value),
  isFunction: (value) => typeIs(value, "function"),
  isNull: (value) => is(value, b.nullLiteral()),
  isNullOrUndefined: (value) => b.binaryExpression("==", value, b.nullLiteral()),
  isNumber: (value) => typeIs(value, "number"),
  isObject: (value) => b.logicalExpression("&&", typeIs(value, "object"), is(value, b.nullLiteral(), "!==")),
  isPrimitive: (value) => is(call(b.identifier("Object"), value), value, "!=="),
  isRegExp: (value, types) => call(member(types(), "isRegExp"), value),
  isString: (value) => typeIs(value, "string"),
  isSymbol: (value) => typeIs(value, "symbol"),
  isUndefined: (value) => is(value, nothing)
}

/** Members of built-in modules that go by another name. */
const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  os: { tmpDir: "tmpdir", getNetworkInterfaces: "networkInterfaces" }
}

export const removedNodeApi: Template = {
  name: "removed-node-api",
  tier: "A",
  treats: ({ kind }) =>
    /^(not_a_function|not_a_constructor|not_defined|missing_export|undefined_access|class_without_new|wrong_type)$/.test(
      kind
    ),
  *propose({ program, fn, failure }) {
    if (failure.kind === "missing_export") return yield* named(program)
    const modules = new Map(
      importsOf(program)
        .filter(({ name }) => /^(\*|default)$/.test(name))
        .map(({ local, specifier }) => [local, specifier.replace(/^node:/, "")])
    )
    for (const path of nodesIn(fn ?? program)) {
      yield* inModule(path, modules)
      yield* inLanguage(path)
    }
  }
}

/** `import { isString } from "node:util"`: all that is gone at once, as Node names only the first. */
function* named(program: NodePath<Program>): Generator<Proposed> {
  const { body } = program.node
  for (const statement of body) {
    if (!n.ImportDeclaration.check(statement) || !/^(node:)?util$/.test(String(statement.source.value))) continue
    const gone = (statement.specifiers ?? []).filter(
      (one) => n.ImportSpecifier.check(one) && isGone(String(one.imported.name))
    )
    if (gone.length === 0) continue
    const uses = gone.flatMap((one) =>
      usesOf(program, String(one.local?.name)).map((path) => ({ path, check: checkFor(one) }))
    )
    const left = (statement.specifiers ?? []).filter((one) => !gone.includes(one))
    yield {
      what: `asks otherwise what ${gone.map((one) => one.local?.name).join(" and ")} told`,
      apply: () => {
        const made = replaced(uses)
        const types = made.wantsTypes ? [typesSpecifier(program)] : []
        const kept = [...left, ...types]
        const imports = kept.length > 0 ? put(statement, "specifiers", kept) : remove(body, body.indexOf(statement))
        return all(...made.undos, imports)
      }
    }
  }
}

const isGone = (name: string): boolean =>
  Object.hasOwn(checks, name) && Reflect.get(process.getBuiltinModule("util"), name) === undefined

type Check = NonNullable<(typeof checks)[string]>

const checkFor = (specifier: object): Check | undefined =>
  n.ImportSpecifier.check(specifier) ? checks[String(specifier.imported.name)] : undefined

const usesOf = (program: NodePath, local: string): ReadonlyArray<NodePath> =>
  nodesIn(program).filter(({ node, parent, name }) => {
    if (!n.Identifier.check(node) || node.name !== local || n.ImportSpecifier.check(parent?.node)) return false
    return !(isMember(parent?.node) && name === "property") && !(keyOf(parent?.node) === local && name === "key")
  })

interface Use {
  readonly path: NodePath
  readonly check: Check | undefined
}

/** Each call by what it asks; what is handed on as a function by a function that asks it. */
const replaced = (uses: ReadonlyArray<Use>): { readonly undos: ReadonlyArray<Undo>; readonly wantsTypes: boolean } => {
  let wantsTypes = false
  const types = () => {
    wantsTypes = true
    return b.identifier("types")
  }
  const undos = uses.flatMap(({ path, check }) => {
    if (check === undefined) return []
    const call = isCall(path.parent?.node) && path.name === "callee" ? path.parent : undefined
    const [value]: ReadonlyArray<unknown> = n.CallExpression.check(call?.node) ? call.node.arguments : []
    if (call !== undefined && n.Expression.check(value)) return swap(call, asked(check, value as Expression, types))
    return swap(path, asking(check, types))
  })
  return { undos, wantsTypes }
}

const asking = (check: Check, types: () => Expression) => {
  const param = b.identifier("value")
  return b.arrowFunctionExpression([param], check(param, types))
}

const twice: ReadonlySet<unknown> = new Set([checks.isObject, checks.isPrimitive])

/** What is more than a name is made only once. */
const asked = (check: Check, value: Expression, types: () => Expression) =>
  isPlain(value) || !(twice.has(check) || n.Function.check(value))
    ? check(value, types)
    : call(asking(check, types), value)

const isPlain = (node: unknown): boolean =>
  n.Identifier.check(node) ||
  n.ThisExpression.check(node) ||
  n.Literal.check(node) ||
  (n.MemberExpression.check(node) && node.computed !== true && isPlain(node.object))

const typesSpecifier = (program: NodePath) => {
  const isTaken = namesInScope(program).some(({ name }) => name === "types")
  if (isTaken) throw new TypeError('"types" is taken')
  return b.importSpecifier(b.identifier("types"))
}

function* inModule(path: NodePath, modules: ReadonlyMap<string, string>): Generator<Proposed> {
  const { node } = path
  const callee = n.CallExpression.check(node) ? node.callee : node
  if (!n.MemberExpression.check(callee) || !n.Identifier.check(callee.object)) return
  const module = modules.get(callee.object.name)
  const name = memberName(callee)
  if (
    module === undefined ||
    name === undefined ||
    typeof Reflect.get(process.getBuiltinModule(module) ?? {}, name) !== "undefined"
  )
    return
  const { object } = callee
  const check = module === "util" && Object.hasOwn(checks, name) ? checks[name] : undefined
  if (check !== undefined && n.CallExpression.check(node)) {
    const value = node.arguments[0]
    if (value === undefined || n.SpreadElement.check(value)) return
    yield {
      what: `asks otherwise what ${shown(callee)} was asked`,
      apply: () =>
        swap(
          path,
          asked(check, value as Expression, () => member(object, "types"))
        )
    }
  }
  if (module === "util" && name === "_extend" && n.CallExpression.check(node))
    yield {
      what: "uses Object.assign where util._extend stood",
      apply: () => put(node, "callee", member(b.identifier("Object"), "assign"))
    }
  const names = Object.hasOwn(renamed, module) ? renamed[module] : undefined
  const other = names !== undefined && Object.hasOwn(names, name) ? names[name] : undefined
  if (other !== undefined && callee === node)
    yield {
      what: `uses ${other} where ${shown(callee)} stood`,
      apply: () => put(callee, "property", b.identifier(other))
    }
}

/** `new Buffer(x)`, and names of old engines. */
function* inLanguage(path: NodePath): Generator<Proposed> {
  const { node } = path
  const isBuffer =
    (n.NewExpression.check(node) || n.CallExpression.check(node)) &&
    n.Identifier.check(node.callee) &&
    node.callee.name === "Buffer"
  if (isBuffer && "arguments" in node && Array.isArray(node.arguments)) {
    const isSize = n.NumericLiteral.check(node.arguments[0])
    const made = call(
      member(b.identifier("Buffer"), isSize ? "alloc" : "from"),
      ...(node.arguments as Array<Expression>)
    )
    yield { what: `makes the Buffer by ${isSize ? "alloc" : "from"}`, apply: () => swap(path, made) }
  }
  if (!n.Identifier.check(node)) return
  if (node.name === "GLOBAL" || node.name === "root") {
    if (n.MemberExpression.check(path.parent?.node) && path.name === "object")
      yield {
        what: `uses globalThis where ${node.name} stood`,
        apply: () => swap(path, b.identifier("globalThis"))
      }
  }
}
