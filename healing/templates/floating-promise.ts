/** Work that is begun and not waited for: it fails where nobody hears it, or is not done when it should be. */
import { builders as b, namedTypes as n, type NodePath } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { all, isMember, put, shown } from "./kit.ts"
import { pendingCalls, pendingLists, waitAt } from "./promises.ts"

export const floatingPromise: Template = {
  name: "floating-promise",
  tier: "A",
  treats: (failure) =>
    /^(floating_rejection|broken_example|broken_promise|missing_file|unknown)$/.test(failure.kind) ||
    ("ending" in failure && failure.ending === "uncaught"),
  *propose(site) {
    for (const call of pendingCalls(site)) {
      if (!n.ExpressionStatement.check(call.parent?.node)) continue
      const apply = waitAt(call, call.node, site)
      if (apply !== undefined) yield { what: `waits for ${shown(call.node)}`, apply }
    }
    for (const loop of pendingLists(site, /^forEach$/)) yield* loopAwaited(loop, site)
  }
}

/** `forEach` waits for nothing: the same as a list of promises that is waited for. */
function* loopAwaited(loop: NodePath, site: Site): Generator<Proposed> {
  const { node } = loop
  if (!n.CallExpression.check(node) || !isMember(node.callee)) return
  const { callee } = node
  const whole = b.callExpression(b.memberExpression(b.identifier("Promise"), b.identifier("all")), [node])
  const wait = waitAt(loop, whole, site)
  if (wait !== undefined)
    yield {
      what: `waits for what is done for each of ${"object" in callee ? shown(callee.object) : "them"}`,
      apply: () => all(put(callee, "property", b.identifier("map")), wait())
    }
}
