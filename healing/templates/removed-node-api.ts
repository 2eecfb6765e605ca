/** Node's interfaces that are gone, and what took their place. */
import { builders as b, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Template } from "../template.ts"
import { memberName, put, shown, swap } from "./kit.ts"
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

/** `util.isX(value)`, gone since Node 23: by what its documentation says to use. */
const checks: Readonly<Record<string, (value: Expression, util: Expression) => Expression>> = {
  isArray: (value) => call(member(b.identifier("Array"), "isArray"), value),
  isBoolean: (value) => typeIs(value, "boolean"),
  isBuffer: (value) => call(member(b.identifier("Buffer"), "isBuffer"), value),
  isDate: (value, util) => call(member(member(util, "types"), "isDate"), value),
  isError: (value, util) => call(member(member(util, "types"), "isNativeError"), value),
  isFunction: (value) => typeIs(value, "function"),
  isNull: (value) => is(value, b.nullLiteral()),
  isNullOrUndefined: (value) => b.binaryExpression("==", value, b.nullLiteral()),
  isNumber: (value) => typeIs(value, "number"),
  isObject: (value) => b.logicalExpression("&&", typeIs(value, "object"), is(value, b.nullLiteral(), "!==")),
  isPrimitive: (value) => is(call(b.identifier("Object"), value), value, "!=="),
  isRegExp: (value, util) => call(member(member(util, "types"), "isRegExp"), value),
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
  covers: [20],
  tier: "A",
  treats: ({ kind }) =>
    /^(not_a_function|not_a_constructor|not_defined|missing_export|undefined_access|class_without_new|wrong_type)$/.test(
      kind
    ),
  *propose({ program, fn }) {
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
      apply: () => swap(path, check(value as Expression, object))
    }
  }
  if (module === "util" && name === "_extend" && n.CallExpression.check(node))
    yield {
      what: "uses Object.assign where util._extend stood",
      apply: () => put(node, "callee", member(b.identifier("Object"), "assign"))
    }
  const other = renamed[module]?.[name]
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
