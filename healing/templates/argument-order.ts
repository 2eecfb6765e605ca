/** Arguments in another order or shape than the function takes them. */
import { builders as b, keyOf, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { all, calledName, inFunction, inStatement, isCall, memberName, namesBound, put, shown } from "./kit.ts"

const kinds =
  /^(not_a_function|not_iterable|undefined_access|undefined_destructure|wrong_value|wrong_type|invalid_callback|missing_file|bad_json|bad_pattern|bad_length|empty_reduce|broken_example|broken_promise|unknown)$/

export const argumentOrder: Template = {
  name: "argument-order",
  covers: [29],
  tier: "B",
  treats: ({ kind }) => kinds.test(kind),
  *propose(site) {
    const calls = [
      ...new Map([...inStatement(site, isCall), ...inFunction(site, isCall)].map((one) => [one.node, one])).values()
    ]
    for (const call of calls) {
      yield* byName(call, site)
      yield* known(call)
    }
    for (const call of calls) yield* turned(call, site)
    if (site.failure.kind.startsWith("broken_")) for (const call of calls.slice(0, 12)) yield* swapped(call, site)
  }
}

/** What an argument is called. */
const nameOf = (node: unknown): string | undefined => (n.Identifier.check(node) ? node.name : memberName(node))

const argumentsOf = ({ node }: NodePath): Array<unknown> =>
  "arguments" in node && Array.isArray(node.arguments) ? node.arguments : []

/** Parameters of the file's own function that is called. */
const paramsFor = (call: NodePath, { program }: Site): ReadonlyArray<unknown> | undefined => {
  const name = calledName(call.node)
  const found = nodesIn(program).filter(({ node, parent }) => {
    if (!n.Function.check(node) || name === undefined) return false
    const holder = parent?.node
    const id: unknown = "id" in node && node.id ? node.id : n.VariableDeclarator.check(holder) ? holder.id : undefined
    return n.Identifier.check(id) ? id.name === name : (keyOf(node) ?? keyOf(holder)) === name
  })
  const [one, ...others] = found
  return one !== undefined && others.length === 0 && n.Function.check(one.node) ? one.node.params : undefined
}

function* byName(call: NodePath, site: Site): Generator<Proposed> {
  const params = paramsFor(call, site)
  const args = argumentsOf(call)
  if (params === undefined || args.some((one) => n.SpreadElement.check(one))) return
  const names = params.map((one) => namesBound(one)[0] ?? "")
  const reordered = names.map((name) => args.find((one) => nameOf(one) === name))
  const isOrder =
    params.every((one) => n.Identifier.check(one) || n.AssignmentPattern.check(one)) &&
    reordered.every((one) => one !== undefined)
  if (isOrder && reordered.length === args.length && reordered.some((one, at) => one !== args[at]))
    yield {
      what: `gives ${shown(call.node)} its arguments by their names`,
      tier: "A",
      apply: () => put(call.node, "arguments", reordered)
    }
  const [first] = params
  const [given] = args
  if (
    params.length === 1 &&
    n.ObjectPattern.check(first) &&
    args.length > 0 &&
    !args.some((one) => n.ObjectExpression.check(one))
  ) {
    const keys = first.properties.flatMap((one) => keyOf(one) ?? [])
    const wrapped = args.every((one) => keys.includes(nameOf(one) ?? "")) ? args : undefined
    if (wrapped !== undefined)
      yield {
        what: `gives ${calledName(call.node)} one object`,
        tier: "A",
        apply: () => put(call.node, "arguments", [objectOf(wrapped)])
      }
  }
  if (args.length === 1 && n.ObjectExpression.check(given) && params.length > 1 && isOrderOf(given, names)) {
    const values = names
      .map((name) => given.properties.find((one) => keyOf(one) === name))
      .flatMap((one) => (n.ObjectProperty.check(one) ? [one.value] : []))
    yield {
      what: `gives ${calledName(call.node)} its arguments one by one`,
      tier: "A",
      apply: () => put(call.node, "arguments", values)
    }
  }
}

const isOrderOf = (object: unknown, names: ReadonlyArray<string>): boolean =>
  n.ObjectExpression.check(object) &&
  object.properties.length === names.length &&
  object.properties.every((one) => n.ObjectProperty.check(one) && names.includes(keyOf(one) ?? ""))

const objectOf = (args: ReadonlyArray<unknown>) =>
  b.objectExpression(
    args.map((one) => {
      const property = b.objectProperty(b.identifier(nameOf(one) ?? ""), one as Parameters<typeof b.objectProperty>[1])
      property.shorthand = n.Identifier.check(one)
      return property
    })
  )

/** Functions whose arguments tell by their kind where they belong. */
function* known(call: NodePath): Generator<Proposed> {
  const args = argumentsOf(call)
  const [first, second, ...more] = args
  const name = calledName(call.node)
  const turn = (): Proposed => ({
    what: `swaps the arguments of ${name}`,
    tier: "A",
    apply: () => put(call.node, "arguments", [second, first, ...more])
  })
  if (name === "stringify" && args.length === 2 && n.NumericLiteral.check(second))
    yield {
      what: "gives the indent of JSON.stringify as its third argument",
      tier: "A",
      apply: () => put(call.node, "arguments", [first, b.nullLiteral(), second])
    }
  if (args.length !== 2) return
  const isLate = n.Function.check(second) && !n.Function.check(first)
  if (
    isLate &&
    /^(reduce|reduceRight|setTimeout|setInterval)$/.test(name ?? "") &&
    !(name?.startsWith("set") && n.Function.check(first))
  )
    yield turn()
  if (name === "parseInt" && n.NumericLiteral.check(first) && !n.NumericLiteral.check(second)) yield turn()
  const isText = (one: unknown) => /^(content|contents|text|data|body)$/i.test(nameOf(one) ?? "")
  const isPath = (one: unknown) => /(path|file|filename|target)$/i.test(nameOf(one) ?? "")
  if (/^(write|writeFile|writeFileSync|appendFile)$/.test(name ?? "") && isText(first) && isPath(second)) yield turn()
}

/** `",".join(list)` and `text.test(pattern)`: what is called on what. */
function* turned(call: NodePath, { failure }: Site): Generator<Proposed> {
  const { node } = call
  const [first, ...more] = argumentsOf(call)
  if (failure.kind !== "not_a_function" || calledName(node) !== failure.property || first === undefined) return
  if (!n.CallExpression.check(node) || !n.MemberExpression.check(node.callee) || n.Function.check(first)) return
  const { callee } = node
  yield {
    what: `calls ${calledName(node)} on ${shown(first)}`,
    tier: "A",
    apply: () => all(put(node, "arguments", [callee.object, ...more]), put(callee, "object", first))
  }
}

/** Two arguments that may stand in each other's place. */
function* swapped(call: NodePath, site: Site): Generator<Proposed> {
  const [first, second, ...more] = argumentsOf(call)
  if (first === undefined || second === undefined || n.SpreadElement.check(second)) return
  if (
    n.Function.check(first) ||
    n.Function.check(second) ||
    n.ObjectExpression.check(second) ||
    paramsFor(call, site) === undefined
  ) {
    if (
      !/^(replace|replaceAll|join|relative|padStart|padEnd|slice|substring|max|min|pow|fill)$/.test(
        calledName(call.node) ?? ""
      )
    )
      return
    if (/^(max|min)$/.test(calledName(call.node) ?? "")) return
  }
  yield {
    what: `swaps the arguments of ${calledName(call.node)}`,
    apply: () => put(call.node, "arguments", [second, first, ...more])
  }
}
