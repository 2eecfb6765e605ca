/** Arguments in another order or shape than the function takes them. */
import { builders as b, keyOf, namedTypes as n, type NodePath } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { fitOf, nameOf, paramsFor } from "./argument-fit.ts"
import { all, calledName, inFunction, inStatement, isCall, namesBound, put, shown } from "./kit.ts"

const kinds =
  /^(not_a_function|not_iterable|undefined_access|undefined_destructure|wrong_value|wrong_type|invalid_callback|missing_file|bad_json|bad_pattern|bad_length|out_of_range|empty_reduce|broken_example|broken_promise|unknown)$/

export const argumentOrder: Template = {
  name: "argument-order",
  tier: "B",
  treats: ({ kind }) => kinds.test(kind),
  *propose(site) {
    const calls = callsFor(site)
    for (const call of calls) {
      yield* byName(call, site)
      yield* byFit(call, site)
      yield* known(call)
    }
    for (const call of calls) yield* turned(call, site)
    if (site.failure.kind.startsWith("broken_")) for (const call of calls.slice(0, 12)) yield* swapped(call, site)
  }
}

/** Those of the failing statement first; where the failing function was called wrongly, the calls of it. */
const callsFor = (site: Site): ReadonlyArray<NodePath> => {
  const near = [...inStatement(site, isCall), ...inFunction(site, isCall)]
  return [...new Map(near.map((one) => [one.node, one])).values()]
}

const argumentsOf = ({ node }: NodePath): Array<unknown> =>
  "arguments" in node && Array.isArray(node.arguments) ? node.arguments : []

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

/** Two arguments that fit each other's parameter better than their own. */
function* byFit(call: NodePath, site: Site): Generator<Proposed> {
  const args = argumentsOf(call)
  const params = args.length < 2 || args.length > 5 ? undefined : paramsFor(call, site)
  if (params === undefined || params.length < 2 || args.some((one) => n.SpreadElement.check(one))) return
  const [better] = pairsOf(Math.min(args.length, params.length))
    .map(([i, j]) => ({ i, j, gain: gainOf(args, params, i, j, call) }))
    .filter(({ gain }) => gain >= 1)
    .toSorted((one, other) => other.gain - one.gain)
  if (better === undefined) return
  const { i, j, gain } = better
  yield {
    what: `swaps ${shown(args[i])} and ${shown(args[j])}, as ${calledName(call.node)} takes them`,
    tier: gain >= 2 ? "A" : "B",
    apply: () => put(call.node, "arguments", args.with(i, args[j]).with(j, args[i]))
  }
}

const pairsOf = (count: number): ReadonlyArray<readonly [number, number]> =>
  Array.from({ length: count }, (_, i) => i).flatMap((i) =>
    Array.from({ length: count - i - 1 }, (_, away) => [i, i + away + 1] as const)
  )

/** How much better they fit when they are swapped; nothing when one of them then does not fit. */
const gainOf = (
  args: ReadonlyArray<unknown>,
  params: ReadonlyArray<unknown>,
  i: number,
  j: number,
  at: NodePath
): number => {
  const turned = [fitOf(args[i], params[j], at), fitOf(args[j], params[i], at)]
  const now = [fitOf(args[i], params[i], at), fitOf(args[j], params[j], at)]
  const sum = ([one = 0, other = 0]: ReadonlyArray<number>) => one + other
  const isTold = turned.some((fit) => fit > 1) || now.some((fit) => fit < 0)
  return turned.some((fit) => fit < 0) || !isTold ? 0 : sum(turned) - sum(now)
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
  const isWritten = /^(write|writeFile|writeFileSync|append|appendFile|appendFileSync)$/.test(name ?? "")
  if (isWritten && isPath(second) && !isPath(first)) yield turn()
}

const isPath = (node: unknown): boolean =>
  /(path|file|filename|target|into|destination)$/i.test(nameOf(node) ?? "") ||
  (n.StringLiteral.check(node) && /^[^\s]*[^\s.]\.\w{1,5}$/.test(node.value))

/** `",".join(list)`: a literal that surely has no such method was meant to be handed over. */
function* turned(call: NodePath, { failure }: Site): Generator<Proposed> {
  const { node } = call
  const [first, ...more] = argumentsOf(call)
  if (failure.kind !== "not_a_function" || calledName(node) !== failure.property || first === undefined) return
  if (!n.CallExpression.check(node) || !n.MemberExpression.check(node.callee) || n.Function.check(first)) return
  const { callee } = node
  if (!n.Literal.check(callee.object) || n.Literal.check(first)) return
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
  const params = paramsFor(call, site)
  if (params !== undefined && gainOf([first, second], params, 0, 1, call) < 0) return
  if (n.Function.check(first) || n.Function.check(second) || n.ObjectExpression.check(second) || params === undefined) {
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
