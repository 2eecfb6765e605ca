/** A promise used as if it were what it promises. */
import { builders as b, functionAround, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { all, around, awaited, calledName, isCall, put, shown } from "./kit.ts"
import { pendingCalls, pendingLists, waitAt } from "./promises.ts"

const kinds: ReadonlySet<string> = new Set([
  "not_a_function",
  "not_iterable",
  "undefined_access",
  "undefined_destructure",
  "wrong_value",
  "wrong_type",
  "bad_json",
  "bad_time",
  "bad_length",
  "bad_number",
  "not_serialisable",
  "broken_example",
  "broken_promise",
  "unknown"
])

export const missingAwait: Template = {
  name: "missing-await",
  tier: "A",
  // What a call throws in a `try` may be anything.
  treats: ({ frames, kind }) => kinds.has(kind) || frames.length > 0,
  *propose(site) {
    yield* returnedInTry(site)
    if (!kinds.has(site.failure.kind)) return
    const calls = pendingCalls(site).filter(({ parent }) => !n.ExpressionStatement.check(parent?.node))
    const waits = calls.flatMap((call) => {
      const apply = waitAt(call, call.node, site)
      return apply === undefined ? [] : [{ call, apply }]
    })
    for (const { call, apply } of waits) yield { what: `waits for ${shown(call.node)}`, apply }
    if (waits.length > 1 && waits.length < 5)
      yield { what: `waits for ${waits.length} promises`, apply: () => all(...waits.map(({ apply }) => apply())) }
    for (const list of pendingLists(site, /^(map|flatMap)$/)) yield* listAwaited(list, site)
    for (const loop of nodesIn(site.fn ?? site.program)) yield* loopAwaited(loop, site)
  }
}

/** `try { return work() } catch …` in an async function: what it promises is broken after the `try`. */
function* returnedInTry({ fn }: Site): Generator<Proposed> {
  if (fn === undefined || !n.Function.check(fn.node) || fn.node.async !== true) return
  for (const path of nodesIn(fn)) {
    const { node, parent } = path
    if (!n.ReturnStatement.check(node) || functionAround(path)?.node !== fn.node || !isCall(node.argument)) continue
    const block = around(parent).find(
      ({ parent: holder, name }) => n.TryStatement.check(holder?.node) && name === "block"
    )
    if (block === undefined || !n.TryStatement.check(block.parent?.node) || !block.parent.node.handler) continue
    yield {
      what: `waits for ${shown(node.argument)} before it leaves the try`,
      apply: () => put(node, "argument", awaited(node.argument))
    }
  }
}

function* listAwaited(list: NodePath, site: Site): Generator<Proposed> {
  const whole = b.callExpression(b.memberExpression(b.identifier("Promise"), b.identifier("all")), [
    list.node as Parameters<typeof b.callExpression>[1][number]
  ])
  const apply = waitAt(list, whole, site)
  if (apply !== undefined) yield { what: `waits for all that ${calledName(list.node)} makes`, apply }
}

/** `for (const one of asyncGenerator())`. */
function* loopAwaited({ node }: NodePath, site: Site): Generator<Proposed> {
  if (!n.ForOfStatement.check(node) || node.await === true || !n.CallExpression.check(node.right)) return
  const name = calledName(node.right)
  const isAsync = nodesIn(site.program).some(
    ({ node: one }) =>
      n.Function.check(one) &&
      one.async === true &&
      one.generator === true &&
      (("id" in one && n.Identifier.check(one.id) && one.id.name === name) ||
        ("key" in one && n.Identifier.check(one.key) && one.key.name === name))
  )
  if (isAsync) yield { what: `waits for each of ${shown(node.right)}`, apply: () => put(node, "await", true) }
}
