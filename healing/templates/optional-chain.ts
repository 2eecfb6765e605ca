/** `?.` where the value goes on as nothing, or with the neutral value of its kind, which is then named as made up. */
import { type ASTNode, functionAround, namedTypes, type NodePath } from "../syntax.ts"
import type { Template } from "../template.ts"
import { chainAround, hasOwnDefault, isDiscarded, isQuestion, makeOptional, mayBeOptional } from "./chain.ts"
import { eitherOr, mayBracket } from "./edit.ts"
import { all, isToolFunction } from "./kit.ts"
import { type Neutral, neutralByUse, neutrals } from "./neutral.ts"
import { bareOf, nameOf, readingAt } from "./reading.ts"

export const optionalChain: Template = {
  name: "optional-chain",
  tier: "B",
  treats: ({ said }) => said.startsWith("Cannot read properties of "),
  *propose(site) {
    const reading = readingAt(site)
    if (reading === undefined || !mayBeOptional(reading)) return
    const { member, object, text } = reading
    const chain = chainAround(member)
    if (hasOwnDefault(member) || isQuestion(chain) || isDiscarded(chain)) return
    if (mayBeNothing(chain))
      yield {
        what: `reads "${site.failure.property}" only where "${text}" is there, and hands on nothing otherwise`,
        apply: () => makeOptional(reading)
      }
    const kind = neutralByUse(object)
    if (kind !== undefined && mayBracket(object))
      yield {
        what: `reads "${site.failure.property}" of ${kind.code} where "${text}" is not there`,
        invents: `${kind.words} stood in for "${text}"`,
        apply: () => eitherOr(object, kind.code)
      }
    else {
      const value = neutralOfValue(chain)
      if (value === undefined || !mayBracket(chain)) return
      yield {
        what: `takes ${value.code} where "${text}" is not there`,
        invents: `${value.words} stood in for "${text}.${site.failure.property}"`,
        apply: () => all(makeOptional(reading), eitherOr(chain, value.code))
      }
    }
  }
}

/** A text or a sum with nothing in it is no text and no sum; a loop cannot go through it. */
const mayBeNothing = (chain: NodePath): boolean => {
  const parent = chain.parent?.node
  if (namedTypes.TemplateLiteral.check(parent) || namedTypes.BinaryExpression.check(parent)) return false
  // What a tool gives must be an answer.
  const isAnswer = namedTypes.ReturnStatement.check(parent) || namedTypes.Function.check(parent)
  if (isAnswer && isToolFunction(functionAround(chain))) return false
  if (namedTypes.SpreadElement.check(parent) || namedTypes.ForOfStatement.check(parent)) return false
  if (namedTypes.AssignmentExpression.check(parent)) return parent.operator === "="
  if (namedTypes.UnaryExpression.check(parent)) return false
  const { id } = namedTypes.VariableDeclarator.check(parent) ? parent : {}
  return !namedTypes.ObjectPattern.check(id) && !namedTypes.ArrayPattern.check(id)
}

const givers: ReadonlyArray<readonly [Neutral, RegExp]> = [
  [neutrals.zero, /^(length|size|indexOf|lastIndexOf|getTime|charCodeAt)$/],
  [
    neutrals.text,
    /^(join|trim|toLowerCase|toUpperCase|replace|replaceAll|padStart|padEnd|toFixed|toISOString|repeat)$/
  ],
  [neutrals.list, /^(map|filter|flatMap|flat|split|toSorted|sort|reverse)$/],
  [neutrals.no, /^(some|every|startsWith|endsWith|has|includes)$/]
]

/** Of what kind a chain's value is, by its last link or by where it goes. */
const neutralOfValue = (chain: NodePath): Neutral | undefined => {
  const parent = chain.parent?.node
  if (namedTypes.TemplateLiteral.check(parent)) return neutrals.text
  if (namedTypes.BinaryExpression.check(parent)) return neutralOfOperand(parent, chain.node)
  if (namedTypes.ForOfStatement.check(parent) || namedTypes.SpreadElement.check(parent))
    return namedTypes.ObjectExpression.check(chain.parent.parent?.node) ? neutrals.record : neutrals.list
  const last = bareOf(chain.node)
  const link = namedTypes.CallExpression.check(last) ? last.callee : last
  const name = namedTypes.MemberExpression.check(link) ? nameOf(link) : undefined
  return givers.find(([, names]) => name !== undefined && names.test(name))?.[0]
}

const neutralOfOperand = (
  { operator, left, right }: { readonly operator: string; readonly left: ASTNode; readonly right: ASTNode },
  operand: ASTNode
): Neutral | undefined => {
  if (/^[-*/%]$/.test(operator)) return neutrals.zero
  const other = left === operand ? right : left
  if (operator !== "+") return undefined
  if (namedTypes.StringLiteral.check(other) || namedTypes.TemplateLiteral.check(other)) return neutrals.text
  return namedTypes.NumericLiteral.check(other) ? neutrals.zero : undefined
}
