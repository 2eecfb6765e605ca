/** A condition that always holds, or never: what it should ask is whether something is there. */
import { namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Site } from "../template.ts"
import { expressionOf } from "./edit.ts"
import { around, namesInScope, put, shown, statementAround } from "./kit.ts"
import { habitOf } from "./habit.ts"
import { type Edit, isReference, nodesAround } from "./weighted.ts"

/** Most questions for one condition. */
const most = 8

export const constantCondition = (site: Site): ReadonlyArray<Edit> =>
  nodesAround(site).flatMap((path) => {
    const { node } = path
    if (!n.IfStatement.check(node) && !n.ConditionalExpression.check(node)) return []
    const { test } = node
    if (!n.BooleanLiteral.check(test)) return []
    return questionsFor(path)
      .slice(0, most)
      .map((question, at) => ({
        what: `asks \`${question}\` where ${test.value} stood`,
        node,
        weight: at / 10,
        apply: () => put(node, "test", expressionOf(question))
      }))
  })

/** Likeliest first: the value made just before, or what the branch is about; whether it is there, then whether it is empty. */
const questionsFor = (path: NodePath): ReadonlyArray<string> => {
  const leaves = n.IfStatement.check(path.node) && isLeaving(path.node.consequent)
  const [inside, outside] = branchesOf(path, leaves)
  const local = localNames(path)
  const fresh = leaves ? declaredBefore(path) : []
  const [here, there] = [unique(inside), unique([...fresh, ...outside])].map((names) =>
    names.filter((name) => local.has(name))
  )
  // A branch makes use of what is there; what only the other needs is missing in it.
  const present = without(here, leaves ? [] : there).toSorted(first(fresh))
  const absent = without(there, here)
  const habit = words[habitOf(path) ?? "strict"]
  const asked = [...present.map(habit.present), ...absent.map(habit.absent)]
  const isFresh = (name: string) => fresh.includes(name)
  const ordered =
    leaves && !present.some(isFresh) ? [...absent.map(habit.absent), ...present.map(habit.present)] : asked
  const isList = isListIn(path)
  return unique([
    ...ordered,
    ...absent.filter(isList).map((name) => `${name}.length === 0`),
    ...present.filter(isList).map((name) => `${name}.length > 0`)
  ])
}

const first = (names: ReadonlyArray<string>) => (one: string, other: string) =>
  Number(names.includes(other)) - Number(names.includes(one))

const words = {
  strict: { present: (name: string) => `${name} !== undefined`, absent: (name: string) => `${name} === undefined` },
  loose: { present: (name: string) => `${name} != null`, absent: (name: string) => `${name} == null` },
  bare: { present: (name: string) => name, absent: (name: string) => `!${name}` }
}

const unique = (names: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(names)]

const without = (some: ReadonlyArray<string> = [], others: ReadonlyArray<string> = []): ReadonlyArray<string> =>
  some.filter((name) => !others.includes(name))

const isLeaving = (branch: unknown): boolean => {
  const last = n.BlockStatement.check(branch) ? branch.body.at(-1) : branch
  return /^(Return|Throw|Continue|Break)Statement$/.test(n.Node.check(last) ? last.type : "")
}

/** Names in the branch that is taken, and in the other or in what comes after it. */
const branchesOf = (path: NodePath, leaves: boolean): readonly [ReadonlyArray<string>, ReadonlyArray<string>] => {
  const inside = namesIn(path.get("consequent"))
  const other = Reflect.get(path.node, "alternate") ? namesIn(path.get("alternate")) : []
  return [inside, leaves ? [...other, ...namesAfter(path)] : other]
}

const namesAfter = (path: NodePath): ReadonlyArray<string> => {
  const place = statementAround(path)
  if (place === undefined) return []
  const after = place.list.map((_, at) => place.path.parentPath.get(at)).slice(place.index + 1)
  return after.flatMap((one: NodePath) => namesIn(one))
}

const namesIn = (path: NodePath): ReadonlyArray<string> =>
  nodesIn(path).flatMap((one) => (n.Identifier.check(one.node) && isReference(one) ? [one.node.name] : []))

/** What the statement before makes: asked about at once. */
const declaredBefore = (path: NodePath): ReadonlyArray<string> => {
  const { list = [], index = 0 } = statementAround(path) ?? {}
  const before = list[index - 1]
  if (!n.VariableDeclaration.check(before)) return []
  return before.declarations.flatMap((one) =>
    n.VariableDeclarator.check(one) && n.Identifier.check(one.id) ? [one.id.name] : []
  )
}

/** Names that the functions around it make: parameters and variables, no imports, no constants of the file. */
const localNames = (path: NodePath): ReadonlySet<string> => {
  const program = around(path).find(({ node }) => n.Program.check(node))
  const wide = new Set(namesInScope(program).map(({ node }) => node))
  const own = namesInScope(path).filter(({ by, node }) => (by === "parameter" || by === "variable") && !wide.has(node))
  return new Set(own.map(({ name }) => name))
}

const listUses = /^(length|map|filter|forEach|join|at|slice|some|every|find|push|reduce)$/

/** Whether it is used as a list or a text somewhere around. */
const isListIn = (path: NodePath) => {
  const whole = around(path).findLast(({ node }) => n.Function.check(node)) ?? path
  const lists = new Set(
    nodesIn(whole).flatMap(({ node }) =>
      n.MemberExpression.check(node) && n.Identifier.check(node.property) && listUses.test(node.property.name)
        ? [shown(node.object)]
        : []
    )
  )
  return (name: string): boolean => lists.has(name)
}
