/** Faults that no template undoes: what was lost stands nowhere in the code that is left. Most of them are silent. */
import { field, fields, isNeutral, word } from "./fields.ts"
import { dropGuard } from "./covered.ts"
import type { Edit, Mutator, Node } from "./mutator.ts"

const replaced = ({ start, end }: Node, text: string): Edit => ({ start, end, text })

const operator = (node: Node, source: string, text: string): Edit | undefined => {
  const [left, said] = [field(node, "left"), word(node, "operator")]
  const start = left === undefined || said === undefined ? -1 : source.indexOf(said, left.end)
  return start === -1 || said === undefined ? undefined : { start, end: start + said.length, text }
}

const wrongConstant: Mutator = {
  name: "wrong-constant",
  edit: ({ node }) => (node.type === "NumericLiteral" ? replaced(node, String(Number(node.value) + 1)) : undefined)
}

const wrongFactor: Mutator = {
  name: "wrong-factor",
  edit: ({ node }) =>
    node.type === "NumericLiteral" && Number(node.value) > 1
      ? replaced(node, String(Number(node.value) * 10))
      : undefined
}

const wrongText: Mutator = {
  name: "wrong-text",
  edit: ({ node, around: [parent] }) =>
    node.type === "StringLiteral" &&
    !/^(Import|Export|ImportAttribute|ExpressionStatement|TS|Directive)/.test(parent?.type ?? "") &&
    String(node.value).length < 4
      ? replaced(node, JSON.stringify(`${String(node.value)}_`))
      : undefined
}

const wrongExpression: Mutator = {
  name: "wrong-expression",
  edit: ({ node, text }) => {
    if (node.type !== "RegExpLiteral") return undefined
    const other = text(node).replace(
      /\+(?!\?)|\*(?!\?)|\\s|\\d|\\w/,
      (part) => ({ "+": "", "*": "+", "\\s": "\\S", "\\d": "\\D", "\\w": "\\W" })[part] ?? part
    )
    return other === text(node) ? undefined : replaced(node, other)
  }
}

const invertedCondition: Mutator = {
  name: "inverted-condition",
  edit: ({ node, source }) => {
    const other =
      node.type === "BinaryExpression" ? { "===": "!==", "!==": "===" }[word(node, "operator") ?? ""] : undefined
    return other === undefined ? undefined : operator(node, source, other)
  }
}

const wrongComparison: Mutator = {
  name: "wrong-comparison",
  edit: ({ node, around: [parent], source }) => {
    if (node.type !== "BinaryExpression" || parent?.type === "ForStatement") return undefined
    const other = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" }[word(node, "operator") ?? ""]
    return other === undefined ? undefined : operator(node, source, other)
  }
}

const wrongArithmetic: Mutator = {
  name: "wrong-arithmetic",
  edit: ({ node, source }) => {
    const other =
      node.type === "BinaryExpression"
        ? { "+": "-", "-": "+", "*": "/", "/": "*", "%": "*" }[word(node, "operator") ?? ""]
        : undefined
    return other === undefined ? undefined : operator(node, source, other)
  }
}

const wrongLogic: Mutator = {
  name: "wrong-logic",
  edit: ({ node, source }) => {
    const other =
      node.type === "LogicalExpression" ? { "&&": "||", "||": "&&" }[word(node, "operator") ?? ""] : undefined
    return other === undefined ? undefined : operator(node, source, other)
  }
}

const droppedStatement: Mutator = {
  name: "dropped-statement",
  edit: ({ node, text }) =>
    node.type === "ExpressionStatement" && !text(node).startsWith('"') ? replaced(node, ";") : undefined
}

const wrongKey: Mutator = {
  name: "wrong-key",
  edit: ({ node, around, text }) => {
    if (node.type !== "ObjectProperty" || around[0]?.type !== "ObjectExpression") return undefined
    // What defines the tool is refused when the plugin is loaded, which is another matter.
    if (around.some((one) => /^(input|output)$/.test(word(field(one, "key"), "name") ?? ""))) return undefined
    const key = field(node, "key")
    const value = field(node, "value")
    if (
      key?.type !== "Identifier" ||
      value === undefined ||
      !around.some(({ type }) => type === "ReturnStatement" || type === "ArrowFunctionExpression")
    )
      return undefined
    return replaced(node, `${text(key)}_: ${text(value)}`)
  }
}

const missingCase: Mutator = {
  name: "missing-case",
  edit: ({ node, around: [parent], text }) => {
    if (node.type === "SwitchCase" && field(node, "test") !== undefined && fields(node, "consequent").length > 0)
      return replaced(node, "")
    const other =
      node.type === "IfStatement" && parent?.type === "IfStatement" && field(parent, "alternate") === node
        ? field(node, "alternate")
        : undefined
    return other === undefined ? undefined : replaced(node, text(other))
  }
}

/** The guard goes, and with it what its author had to say. */
const droppedRefusal: Mutator = {
  name: "dropped-refusal",
  edit: (seen) => {
    const { node } = seen
    if (node.type !== "IfStatement" || field(node, "alternate") !== undefined || dropGuard.edit(seen) !== undefined)
      return undefined
    return /^(return|throw|\{\s*(return|throw))/.test(seen.text(field(node, "consequent") ?? node))
      ? replaced(node, "")
      : undefined
  }
}

const droppedConstant: Mutator = {
  name: "dropped-constant",
  edit: ({ node, text }) => {
    const isDefault = node.type === "AssignmentPattern" || (node.type === "LogicalExpression" && node.operator === "??")
    const left = isDefault && !isNeutral(field(node, "right")) ? field(node, "left") : undefined
    return left === undefined ? undefined : replaced(node, text(left))
  }
}

const methods: ReadonlyMap<string, string> = new Map(
  Object.entries({
    some: "every",
    every: "some",
    startsWith: "endsWith",
    endsWith: "startsWith",
    min: "max",
    max: "min",
    trimEnd: "trimStart",
    toLowerCase: "toUpperCase",
    padStart: "padEnd",
    padEnd: "padStart",
    push: "unshift",
    indexOf: "lastIndexOf",
    filter: "map",
    toSorted: "toReversed",
    find: "findLast"
  })
)

const wrongMethod: Mutator = {
  name: "wrong-method",
  edit: ({ node, text }) => {
    const property =
      node.type.endsWith("MemberExpression") && node.computed !== true ? field(node, "property") : undefined
    const other = property === undefined ? undefined : methods.get(text(property))
    return property === undefined || other === undefined ? undefined : replaced(property, other)
  }
}

export const uncovered: ReadonlyArray<Mutator> = [
  wrongConstant,
  wrongFactor,
  wrongText,
  wrongExpression,
  invertedCondition,
  wrongComparison,
  wrongArithmetic,
  wrongLogic,
  droppedStatement,
  wrongKey,
  missingCase,
  droppedRefusal,
  droppedConstant,
  wrongMethod
]
