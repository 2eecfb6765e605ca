/** Where a repair may change anything: in the functions that failed and those they run through, and in what these need. */
import { type Rule } from "./rule.ts"
import { above, child, children, holds, isFunction, type Place, text, type View } from "./tree.ts"

export const reach: Rule = ({ before, after, lines, names }) => {
  if (lines === undefined) return []
  const allowed = new Set(names)
  const reached = before.places.filter((place) => isUnit(place) && lines.some((line) => holds(place, line)))
  for (const { owners } of reached) for (const owner of owners) allowed.add(owner)
  const mentioned = new Set([...allowed, ...reached.flatMap(({ shape }) => identifiersIn(shape))])
  const isAllowed = (place: Place) => reached.includes(place) || place.owners.some((owner) => mentioned.has(owner))
  const had = new Set(before.places.filter(isUnit).map(keyOf))
  const has = new Set(after.places.filter(isUnit).map(keyOf))
  const lost = before.places.filter((place) => isUnit(place) && !has.has(keyOf(place)) && !isAllowed(place))
  const strange = lost.filter((place) => !around(place, reached) && !inner(place, before, has))
  const units = strange.map(({ owners }) => owners.at(-1) ?? "a function")
  const top = had.size === 0 ? [] : topChanges(before, after, mentioned)
  return [...new Set([...units, ...top])].map((name) => `changes ${name}, which did not fail`)
}

const isUnit = ({ node }: Place): boolean => isFunction(node)

const keyOf = ({ owners, shape }: Place): string => `${owners.join(".")} ${shape}`

/** A function around one that failed changes with it. */
const around = (place: Place, reached: ReadonlyArray<Place>): boolean =>
  reached.some((one) => [...above(one)].includes(place))

/** Only what stands in it changed, and that is judged by itself. */
const inner = (place: Place, { places }: View, has: ReadonlySet<string>): boolean =>
  places.some((one) => isUnit(one) && !has.has(keyOf(one)) && [...above(one)].includes(place))

const identifiersIn = (shape: string): ReadonlyArray<string> =>
  [...shape.matchAll(/\(Identifier name:"([^"]+)"/g)].map(([, name = ""]) => name)

/** Names of variables of the whole file that are there with another value, and that nothing that failed speaks of. */
const topChanges = (before: View, after: View, mentioned: ReadonlySet<string>): ReadonlyArray<string> => {
  const now = new Set(variablesIn(after).map(({ shape }) => shape))
  return variablesIn(before)
    .filter(({ shape }) => !now.has(shape))
    .map(({ name }) => name)
    .filter((name) => name !== "" && !mentioned.has(name))
}

const variablesIn = ({ program, places }: View) =>
  places
    .filter(
      ({ node, parent }) => node.type === "VariableDeclaration" && (parent === program || parent?.parent === program)
    )
    .flatMap(({ node, shape }) =>
      children(node, "declarations")
        .filter((one) => !/Function/.test(child(one, "init")?.type ?? ""))
        .filter((one) => !/(Call|Object)Expression/.test(child(one, "init")?.type ?? ""))
        .map((one) => ({ name: text(child(one, "id"), "name"), shape }))
    )
