/** Text that is nearly JSON: what stands around or between it is taken away before it is read. */
import { namedTypes as n, type NodePath, nodesIn, parseSource, pathTo } from "../syntax.ts"
import type { Proposed, Site, Template, Tier } from "../template.ts"
import { all, inFunction, inStatement, insert, isToolFunction, remove, shown, statementAround, swap } from "./kit.ts"

interface Cleaning {
  readonly when: RegExp
  readonly what: string
  readonly tier: Tier
  /** The expression, `$` for the text. */
  readonly code: string
}

const outsideTexts = String.raw`("(?:\\.|[^"\\])*")`

const cleanings: ReadonlyArray<Cleaning> = [
  {
    when: /Unexpected token '\s*\uFEFF|^Unexpected token ' ?', "\uFEFF|\uFEFF|Unexpected token '', /,
    what: "takes the byte order mark off",
    tier: "A",
    code: String.raw`JSON.parse($.replace(/^\uFEFF/, ""))`
  },
  {
    when: /non-whitespace character after JSON/,
    what: "reads each line as JSON",
    tier: "A",
    code: String.raw`$.split("\n").filter((line) => line.trim() !== "").map((line) => JSON.parse(line))`
  },
  {
    when: /\[object |"undefined" is not valid|Unexpected token 'o'/,
    what: "takes the value as it is, which is no text",
    tier: "A",
    code: "$"
  },
  {
    when: /Unexpected token '\x60'/,
    what: "takes the fence off",
    tier: "B",
    code: 'JSON.parse($.replace(/^\\s*\x60\x60\x60\\w*\\s*|\\s*\x60\x60\x60\\s*$/g, ""))'
  },
  {
    when: /Expected double-quoted property name|Unexpected token '[\]}]'/,
    what: "takes commas before a closing bracket away",
    tier: "B",
    code: String.raw`JSON.parse($.replace(/${outsideTexts}|,(?=\s*[\]}])/g, "$1"))`
  },
  {
    when: /Unexpected token '\/'|Expected (double-quoted )?property name|Expected ',' or|non-whitespace character after JSON/,
    what: "takes comments away",
    tier: "B",
    code: String.raw`JSON.parse($.replace(/${outsideTexts}|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1"))`
  },
  {
    when: /Unexpected token '\/'|Expected (double-quoted )?property name/,
    what: "takes comments and commas before a closing bracket away",
    tier: "B",
    code: String.raw`JSON.parse($.replace(/${outsideTexts}|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1").replace(/${outsideTexts}|,(?=\s*[\]}])/g, "$1"))`
  }
]

export const jsonText: Template = {
  name: "json-text",
  tier: "B",
  treats: ({ kind }) => kind === "bad_json",
  *propose(site) {
    const near = inStatement(site, isParse)
    const calls = near.length > 0 ? near : inFunction(site, isParse)
    for (const call of calls) {
      for (const { when, what, tier, code } of cleanings)
        if (when.test(site.failure.said)) yield cleaned(call, code, what, tier)
      yield* refusing(call, site)
    }
  }
}

const isParse = (node: unknown): boolean =>
  n.CallExpression.check(node) &&
  n.MemberExpression.check(node.callee) &&
  n.Identifier.check(node.callee.object) &&
  node.callee.object.name === "JSON" &&
  n.Identifier.check(node.callee.property) &&
  node.callee.property.name === "parse" &&
  node.arguments.length > 0

const expressionOf = (code: string): NodePath["node"] => {
  const [statement] = parseSource("expression.ts", `(${code})`).program.body
  if (!n.ExpressionStatement.check(statement)) throw new Error(`no expression: ${code}`)
  return statement.expression
}

const cleaned = (call: NodePath, code: string, what: string, tier: Tier): Proposed => ({
  what: `${what} before JSON.parse`,
  tier,
  apply: () => {
    const text: unknown =
      "arguments" in call.node && Array.isArray(call.node.arguments) ? call.node.arguments[0] : undefined
    const made = expressionOf(code.replace("$", "$text"))
    const hole = nodesHolding(made)
    if (hole === undefined) return swap(call, text)
    const fill = swap(hole, text)
    return all(fill, swap(call, made))
  }
})

/** Where `$text` stands in a made expression; `undefined` when it is all of it. */
const nodesHolding = (made: unknown): NodePath | undefined => {
  const path = pathTo(made)
  return nodesIn(path).find(({ node }) => node !== made && n.Identifier.check(node) && node.name === "$text")
}

/** Where the text cannot be read, the tool says so, as an answer. */
function* refusing(call: NodePath, site: Site): Generator<Proposed> {
  const statement = statementAround(call)
  if (statement === undefined || !isToolFunction(site.fn)) return
  const { list, index } = statement
  const read = nameRead(statement.path.node, call.node)
  if (read === undefined) return
  const { name, isDeclared } = read
  const text = "arguments" in call.node && Array.isArray(call.node.arguments) ? shown(call.node.arguments[0]) : "it"
  const said = JSON.stringify(`${text} is not valid JSON`)
  yield {
    what: `answers that ${text} is not valid JSON, where it is not`,
    tier: "B",
    apply: () => {
      const { body } = parseSource(
        "statements.ts",
        `${isDeclared ? `let ${name}\n` : ""}try {\n  ${name} = $text\n} catch {\n  return { success: false, error: ${said} }\n}`
      ).program
      const hole = nodesHolding(body.at(-1))
      return all(
        hole === undefined ? () => {} : swap(hole, call.node),
        remove(list, index),
        insert(list, index, ...body)
      )
    }
  }
}

/** `const name = JSON.parse(…)` declares it, `name = JSON.parse(…)` does not. */
const nameRead = (
  statement: unknown,
  call: unknown
): { readonly name: string; readonly isDeclared: boolean } | undefined => {
  if (n.ExpressionStatement.check(statement)) {
    const { expression } = statement
    const isRead = n.AssignmentExpression.check(expression) && expression.operator === "=" && expression.right === call
    return isRead && n.Identifier.check(expression.left) ? { name: expression.left.name, isDeclared: false } : undefined
  }
  if (!n.VariableDeclaration.check(statement)) return undefined
  const [declarator, ...others] = statement.declarations
  const isRead = others.length === 0 && n.VariableDeclarator.check(declarator) && declarator.init === call
  return isRead && n.Identifier.check(declarator.id) ? { name: declarator.id.name, isDeclared: true } : undefined
}
