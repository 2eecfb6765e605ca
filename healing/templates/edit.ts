/** Code from text, put where it changes nothing else: guards before a statement, values in place of nothing. */
import { type ASTNode, builders, namedTypes, type NodePath, parseSource, print, visit } from "../syntax.ts"
import { insert, swap, type Undo } from "./kit.ts"

export type Expression = Parameters<typeof builders.expressionStatement>[0]
export type Statement = Parameters<typeof builders.blockStatement>[0][number]

/** The code of a node as it stands in its file. */
export const codeOf = (node: ASTNode): string => print(node)

/** Whether other statements can stand before or after this one. */
export const isListed = (statement: NodePath): boolean => Array.isArray(statement.parentPath?.value)

/** @param text Statements without their last semicolon. @param statement Stands in a list of statements. */
export const insertBefore = (statement: NodePath, text: string): Undo => {
  const added = statementsOf(`${text};`)
  if (added === undefined || !isListed(statement)) throw new TypeError(`no place for ${text}`)
  const list: Array<unknown> = statement.parentPath.value
  return insert(list, list.indexOf(statement.node), ...added)
}

/** The last statement or expression around a node that is a statement; the node itself included. */
export const statementAround = (path: NodePath | undefined): NodePath | undefined => {
  for (let at = path; at !== undefined && at !== null; at = at.parent) {
    if (namedTypes.Statement.check(at.node) && !namedTypes.BlockStatement.check(at.node)) return at
    if (namedTypes.Function.check(at.node)) return undefined
  }
  return undefined
}

/**
 * Whether a statement begins with this expression: what begins with a bracket there may be read as going on with the
 * line above, where the author writes no semicolons.
 */
export const beginsStatement = (path: NodePath): boolean => {
  for (let at = path; ; at = at.parent) {
    const parent = at.parent?.node
    if (namedTypes.ExpressionStatement.check(parent)) return true
    const leftmost: ReadonlyArray<unknown> = [
      parent?.object,
      parent?.callee,
      parent?.left,
      parent?.test,
      parent?.tag,
      parent?.expression,
      parent?.expressions?.[0],
      parent?.prefix === false ? parent.argument : undefined
    ]
    const isNew = namedTypes.NewExpression.check(parent) || namedTypes.TemplateLiteral.check(parent)
    if (isNew || parent === undefined || !leftmost.includes(at.node)) return false
  }
}

/** Whether a bracket may be put before it: not where it might become a part of the line above. */
export const mayBracket = (path: NodePath): boolean => {
  if (!beginsStatement(path)) return true
  const statement = statementAround(path)
  if (statement === undefined || !isListed(statement)) return true
  const list: ReadonlyArray<ASTNode> = statement.parentPath.value
  const before = list[list.indexOf(statement.node) - 1]
  return before === undefined || codeOf(before).endsWith(";")
}

/** `left ?? code`. */
export const eitherOr = (path: NodePath, code: string): Undo => {
  const right = expressionOf(code)
  const left = path.node
  if (!namedTypes.Expression.check(left)) throw new TypeError(`no expression: ${codeOf(left)}`)
  // The builders take what the check lets through under another name.
  return swap(path, builders.logicalExpression("??", left as Expression, right))
}

/** Any code, as nodes that are printed as they are written here. @returns `undefined` when it is none. */
export const statementsOf = (text: string): ReadonlyArray<Statement> | undefined => {
  let found: ReadonlyArray<Statement> | undefined
  try {
    // In a class, so that it may speak of private members.
    const members = [...new Set(text.match(/#[\w$]+/g) ?? [])].map((name) => `${name}; `).join("")
    const source = `class Snippet extends Object { ${members}async *snippet() { for (;;) {\n${text}\n} } }`
    visit(parseSource("snippet.ts", source), {
      visitForStatement({ node }) {
        if (namedTypes.BlockStatement.check(node.body)) found = node.body.body
        return false
      }
    })
  } catch {
    return undefined
  }
  return found
}

/** @throws TypeError when the text is no expression. */
export const expressionOf = (text: string): Expression => {
  const [statement] = statementsOf(`_ = ${text};`) ?? []
  const value = namedTypes.ExpressionStatement.check(statement) ? statement.expression : undefined
  if (!namedTypes.AssignmentExpression.check(value)) throw new TypeError(`no expression: ${text}`)
  return value.right
}
