/** What may pass by itself, tried again a few times where that does no harm; a body that is read twice, from a copy. */
import { functionAround, namedTypes, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { codeOf, expressionOf } from "./edit.ts"
import { calledName, swap } from "./kit.ts"
import { type Call, callAt, isNearest, isPlain } from "./reading.ts"

const bodies = /^(text|json|arrayBuffer|blob|bytes|formData)$/

export const retry: Template = {
  name: "retry",
  tier: "A",
  treats: ({ kind, code, said }) =>
    /^(network|busy|timed_out|body_used)$/.test(kind) || code === "EBUSY" || said.startsWith("Body is unusable"),
  *propose(site) {
    if (site.failure.said.startsWith("Body is unusable")) yield* copied(site)
    else yield* again(site)
  }
}

/** The reader before this one leaves it the response. */
function* copied(site: Site): Iterable<Proposed> {
  const call = callAt(site, (_, node) => bodies.test(calledName(node) ?? ""))
  const response = responseOf(call)
  const fn = functionAround(call)
  if (call === undefined || response === undefined || fn === undefined) return
  const readers = nodesIn(fn).filter((path) => isReaderOf(path, codeOf(response.node)))
  const [earlier] = readers.slice(
    0,
    readers.findIndex(({ node }) => node === call.node)
  )
  const first = responseOf(earlier)
  if (first === undefined) return
  yield {
    what: `reads a copy of "${codeOf(first.node)}" first, so that it can be read again`,
    apply: () => swap(first, expressionOf(`${codeOf(first.node)}.clone()`))
  }
}

const isReaderOf = (path: NodePath, response: string): boolean => {
  const object = bodies.test(calledName(path.node) ?? "") ? responseOf(path) : undefined
  return object !== undefined && codeOf(object.node) === response
}

const responseOf = (call: NodePath | undefined): NodePath | undefined => {
  if (call === undefined || !namedTypes.CallExpression.check(call.node)) return undefined
  const { callee } = call.node
  return namedTypes.MemberExpression.check(callee) && isPlain(callee.object) ? call.get("callee", "object") : undefined
}

/** Only what looks: a request without another method, a read. */
function* again(site: Site): Iterable<Proposed> {
  const looks = (callee: string, node: Call) =>
    /(^|\.)fetch$/.test(callee) ? isLook(node.arguments) : isReader(calledName(node))
  const call = callAt(site, looks, isNearest)
  const waits: NodePath | undefined = call?.parent
  if (call === undefined || waits === undefined || !namedTypes.AwaitExpression.check(waits.node)) return
  const code = codeOf(call.node)
  if (/\byield\b/.test(code)) return
  yield {
    what: `tries \`${code.length > 40 ? `${code.slice(0, 39)}…` : code}\` up to three times`,
    apply: () => swap(waits, expressionOf(threeTimes(code)))
  }
}

const isReader = (name: string | undefined): boolean => /^(readFile|readdir|stat|lstat|access)$/.test(name ?? "")

const isLook = ([, options, ...more]: ReadonlyArray<unknown>): boolean => {
  if (options === undefined) return true
  if (more.length > 0 || !namedTypes.ObjectExpression.check(options)) return false
  return options.properties.every(
    (one) =>
      namedTypes.ObjectProperty.check(one) &&
      (!/^["']?(method|body)["']?$/.test(codeOf(one.key)) || /^["'](GET|HEAD)["']$/i.test(codeOf(one.value)))
  )
}

/** An abort is no failure that passes. */
const threeTimes = (code: string): string => `await (async () => {
  for (let left = 2; ; left -= 1) {
    try {
      return await ${code}
    } catch (error) {
      if (left === 0 || (error instanceof Error && error.name === "AbortError")) throw error
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100))
    }
  }
})()`
