/** Limits that can be raised, and copies that cannot be made as asked. An abort is no fault, and nothing here treats one. */
import { namedTypes, type NodePath } from "../syntax.ts"
import type { Template } from "../template.ts"
import { codeOf, expressionOf } from "./edit.ts"
import { calledName, insert, put, swap } from "./kit.ts"
import { callAt } from "./reading.ts"

/** Bytes of output that a command may give; Node's own limit is one MiB. */
const roomy = "64 * 1024 * 1024"

export const limits: Template = {
  name: "limits",
  tier: "B",
  treats: ({ code, name }) =>
    /^(ENOBUFS|ERR_CHILD_PROCESS_STDIO_MAXBUFFER)$/.test(code ?? "") || name === "DataCloneError",
  *propose(site) {
    if (site.failure.name === "DataCloneError") {
      const call = callAt(site, (callee) => callee === "structuredClone")
      if (call === undefined || call.node.arguments.length !== 1) return
      const text = codeOf(call.node.arguments[0] ?? call.node)
      yield {
        what: `copies \`${text}\` by way of JSON`,
        invents: `a copy without what is no data (functions and the like) stood in for \`${text}\``,
        apply: () => swap(call, expressionOf(`JSON.parse(JSON.stringify(${text}))`))
      }
      return
    }
    const call = callAt(site, (_, node) =>
      /^(exec|execFile|execSync|execFileSync|spawnSync)$/.test(calledName(node) ?? "")
    )
    const apply = call === undefined ? undefined : withRoom(call)
    if (apply !== undefined) yield { what: `gives the command's output more room, ${roomy} bytes`, apply }
  }
}

const withRoom = ({ node }: NodePath) => {
  if (!namedTypes.CallExpression.check(node)) return undefined
  const given: Array<unknown> = node.arguments
  const options = node.arguments.find((one) => namedTypes.ObjectExpression.check(one))
  if (namedTypes.ObjectExpression.check(options)) {
    const own = options.properties.find(
      (one) => namedTypes.ObjectProperty.check(one) && codeOf(one.key) === "maxBuffer"
    )
    if (own !== undefined) return () => put(own, "value", expressionOf(roomy))
    return () => insert(options.properties, options.properties.length, property())
  }
  // The command, the arguments where there are any; a callback may follow.
  const at = node.arguments.findIndex((one, index) => index > 0 && !namedTypes.ArrayExpression.check(one))
  const place = at < 0 ? given.length : at
  if (at >= 0 && !namedTypes.Function.check(node.arguments[at])) return undefined
  return () => insert(given, place, expressionOf(`{ maxBuffer: ${roomy} }`))
}

const property = (): unknown => {
  const options = expressionOf(`{ maxBuffer: ${roomy} }`)
  return namedTypes.ObjectExpression.check(options) ? options.properties[0] : undefined
}
