/** What Node was handed in the wrong form: a callback that is not there, an object where text belongs. */
import { functionAround, namedTypes, type NodePath } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { codeOf, expressionOf } from "./edit.ts"
import { all, awaited, calledName, declarationOf, isToolFunction, makeAsync, put, swap } from "./kit.ts"
import { callAt } from "./reading.ts"

export const nodeArgument: Template = {
  name: "node-argument",
  tier: "B",
  treats: ({ code }) => code === "ERR_INVALID_ARG_TYPE",
  *propose(site) {
    const { said } = site.failure
    if (/must be of type function/.test(said)) yield* promised(site)
    else if (/\bof type string\b/.test(said)) yield* asText(site)
  }
}

/** `fs.readFile(path)` without a callback is the way of `fs.promises`. */
function* promised(site: Site): Iterable<Proposed> {
  const call = callAt(site, (_, node) => namedTypes.MemberExpression.check(node.callee))
  const callee = call?.node.callee
  if (call === undefined || !namedTypes.MemberExpression.check(callee) || !namedTypes.Identifier.check(callee.object))
    return
  if (
    !isModule(call, callee.object.name, /^(node:)?(fs|dns)$/) ||
    call.node.arguments.some((one) => namedTypes.Function.check(one))
  )
    return
  const fn = functionAround(call)
  const mayWait =
    fn !== undefined && namedTypes.Function.check(fn.node) && (fn.node.async === true || isToolFunction(fn))
  if (!mayWait || (namedTypes.Function.check(fn.node) && fn.node.generator === true)) return
  const isAwaited = namedTypes.AwaitExpression.check(call.parent?.node)
  yield {
    what: `waits for \`${callee.object.name}.promises\`, as there is no callback`,
    apply: () =>
      all(
        put(callee, "object", expressionOf(`${codeOf(callee.object)}.promises`)),
        makeAsync(fn),
        isAwaited ? () => {} : swap(call, awaited(call.node))
      )
  }
}

/** Whether a name is that of a whole module of Node's. */
export const isModule = (path: NodePath, name: string, module: RegExp): boolean => {
  const { node, by } = declarationOf(path, name) ?? {}
  if (by === "import") {
    if (namedTypes.ImportSpecifier.check(node)) return false
    const imports = path.scope?.getGlobalScope()?.path.node.body ?? []
    return imports.some(
      (one: unknown) =>
        namedTypes.ImportDeclaration.check(one) &&
        module.test(String(one.source.value)) &&
        (one.specifiers ?? []).some((each) => each === node)
    )
  }
  const init = namedTypes.VariableDeclarator.check(node) ? node.init : undefined
  const [from] = namedTypes.CallExpression.check(init) && calledName(init) === "require" ? init.arguments : []
  return namedTypes.StringLiteral.check(from) && module.test(from.value)
}

const takesText = /^(writeFile|writeFileSync|appendFile|appendFileSync)$/

/** What was received tells how it becomes text: data as JSON, a number or truth value as itself. */
function* asText(site: Site): Iterable<Proposed> {
  const { said } = site.failure
  const isData = /Received an instance of (Object|Array)$/.test(said)
  const isSimple = /Received type (number|boolean|bigint)/.test(said)
  if ((!isData && !isSimple) || /^The "(path|paths\[\d\]|file|cmd|command)"/.test(said)) return
  const call = callAt(
    site,
    (_, node) => takesText.test(calledName(node) ?? "") || /^(update|from|end|write)$/.test(calledName(node) ?? "")
  )
  if (call === undefined) return
  const place = takesText.test(calledName(call.node) ?? "") ? 1 : 0
  const given: NodePath = call.get("arguments", place)
  if (given.node === undefined || call.node.arguments.length <= place || !namedTypes.Expression.check(given.node))
    return
  const text = codeOf(given.node)
  const code = isData ? `JSON.stringify(${text})` : `String(${text})`
  yield { what: `writes \`${text}\` as ${isData ? "JSON" : "text"}`, apply: () => swap(given, expressionOf(code)) }
}
