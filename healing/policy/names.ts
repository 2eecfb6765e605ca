/** Names that the functions on a failing stack speak of, and what those speak of in turn: a value that breaks here may have been made wrong there. */
import type { Frame } from "../failure.ts"
import { child, holds, isFunction, type Place, text, type View } from "./tree.ts"

export const namesReached = (views: ReadonlyArray<View>, frames: ReadonlyArray<Frame>): ReadonlySet<string> => {
  const units = views.flatMap((view) =>
    view.places.filter(isUnit).map((place) => ({ place, view, name: nameOf(place) }))
  )
  const names = new Set<string>()
  const open = units.filter(({ place, view }) =>
    frames.some(({ file, line }) => file === view.path && isFunction(place.node) && holds(place, line))
  )
  for (let unit = open.pop(); unit !== undefined; unit = open.pop()) {
    for (const [, name = ""] of unit.place.shape.matchAll(/\(Identifier name:"([^"]+)"/g)) {
      if (names.has(name)) continue
      names.add(name)
      open.push(...units.filter((one) => one.name === name))
    }
  }
  return names
}

const isUnit = ({ node }: Place): boolean => isFunction(node) || node.type === "VariableDeclarator"

const nameOf = ({ node, owners }: Place): string | undefined =>
  node.type === "VariableDeclarator" ? text(child(node, "id"), "name") : owners.at(-1)
