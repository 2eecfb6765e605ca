/** What looks after safety: nothing of it may change but a misspelt name and a missing `await`. */
import { basename } from "node:path"
import { isNear, namesOf, type Rule } from "./rule.ts"
import { above, child, flag, isFunction, keyOf, type Node, type Place, text, type View } from "./tree.ts"

const words =
  /^(auth(enticate|ori[sz]e|ori[sz]ation|entication)?|permissions?|permit(ted)?|allow(ed|s|list)?|den(y|ied|ylist)|validat(e|or|ion)|check(s|er|ed)?|guards?|saniti[sz]e[rd]?|escape[ds]?|verif(y|ied|ier)|secrets?|passwords?|credentials?|access|polic(y|ies)|forbid(den)?|protect(ed)?|restrict(ed)?|trusted|admin|redact(ed)?|safe|unsafe|sandbox|confine[ds]?|blocked|blocklist|preview)$/i

/** `isAllowed`, `check_path`, `auth.ts`: by whole words. A token is what a lexer makes as often as what a door asks for. */
const isGuardName = (name: string): boolean =>
  name === "beforeToolExecute" ||
  name
    .replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3 $2$4")
    .split(/[^a-zA-Z0-9]+/)
    .some((word) => words.test(word))

/** Functions that guard, each as it is told from others; in a file that guards, all of them. */
const guardsIn = (view: View): ReadonlyArray<Place> => {
  const isGuardFile = isGuardName(basename(view.path).replace(/\.\w+$/, ""))
  return view.places.filter((place) => {
    if (!isFunction(place.node)) return false
    const own = place.owners.at(-1)
    const isInner = place.owners === place.parent?.owners
    return !isInner && (isGuardFile || (own !== undefined && isGuardName(own)))
  })
}

export const guards: Rule = ({ before, after }) => {
  const [had, has] = [guardsIn(before), guardsIn(after)]
  const changed = had.filter((guard) => {
    const same = has.filter((one) => one.owners.join(".") === guard.owners.join("."))
    return !same.some((one) => one.shape === guard.shape || isSpelling(guard, one, before, after))
  })
  const names = changed.map(({ owners }) => owners.at(-1) ?? "a function")
  return [...new Set(names)].map((name) => `changes ${name}, which looks after safety`)
}

/** Whether they differ only in names that are near, and in awaits that came. */
const isSpelling = (one: Place, other: Place, before: View, after: View): boolean => {
  const [had, has] = [tokensOf(one, before), tokensOf(other, after)]
  return (
    had.length === has.length &&
    had.every((token, at) => {
      const now = has[at]
      if (now === undefined || token.what !== now.what) return false
      return token.name === now.name || (token.what === "Identifier" && isNear(token.name, now.name))
    })
  )
}

interface Token {
  readonly what: string
  readonly name: string
}

/** Its nodes in order, awaits and `async` left out. */
const tokensOf = (holder: Place, { places }: View): ReadonlyArray<Token> =>
  places
    .filter((place) => place === holder || [...above(place)].includes(holder))
    .filter(({ node }) => node.type !== "AwaitExpression")
    .map(({ node }) => ({ what: node.type, name: detailOf(node) }))

const detailOf = (node: Node): string => {
  const value: unknown = Object.getOwnPropertyDescriptor(node, "value")?.value
  const literal = typeof value === "object" ? JSON.stringify(value) : String(value)
  return [
    text(node, "name"),
    text(node, "operator"),
    text(node, "kind"),
    text(node, "pattern"),
    literal,
    String(flag(node, "optional"))
  ]
    .filter((one) => one !== "" && one !== "undefined" && one !== "false")
    .join(" ")
}

/** A tool's or plugin's own words about itself; see tool.ts and plugin.ts. */
const promised: ReadonlySet<string> = namesOf(`
  name description risk input parameters inputSchema schema idempotent parallel final timeout preview output
  post examples permissions hooks defaults manifest version
`)

/** What tools and plugins say of themselves, and what that is made from, stays as it is. */
export const promises: Rule = ({ before, after }) => {
  const [had, has] = [promisesIn(before), promisesIn(after)]
  const changed = had.filter((one) => !has.includes(one)).concat(has.filter((one) => !had.includes(one)))
  const keys = new Set(changed.map((one) => one.slice(0, one.indexOf(" "))))
  return [...keys].map((key) => `changes ${key}, which the plugin says of itself`)
}

const promisesIn = (view: View): ReadonlyArray<string> => {
  const parts = view.places.filter(isPromise)
  // An example without anything in it promises nothing, and keeps the plugin from being loaded.
  const said = (key: string, shape: string) =>
    key === "examples" ? shape.replaceAll(/,?\(ObjectExpression\)/g, "") : shape
  const shown = parts.map(({ node, shape }) => `${keyOf(node) ?? "?"} ${said(keyOf(node) ?? "", shape)}`)
  return [...shown, ...sourcesOf(view, parts)]
}

const isPromise = ({ node, parent }: Place): boolean => {
  const key = keyOf(node)
  if (key === undefined || !promised.has(key) || parent === undefined) return false
  if (!/^(Object(Property|Method)|Class(Property|Method))$/.test(node.type)) return false
  return isContract(parent)
}

/** An object that is handed to `defineTool` or `definePlugin`, or has what such objects have. */
const isContract = ({ shape, node }: Place): boolean => {
  if (!/^(ObjectExpression|ClassBody)$/.test(node.type)) return false
  const keys = new Set(membersOf(node).map((one) => keyOf(one)))
  const isTool = keys.has("execute") && (keys.has("name") || keys.has("description") || keys.has("input"))
  return isTool || (keys.has("tools") && shape !== "") || keys.has("beforeToolExecute")
}

const membersOf = (node: Node): ReadonlyArray<Node> => {
  const value: unknown = Object.getOwnPropertyDescriptor(node, node.type === "ClassBody" ? "body" : "properties")?.value
  return Array.isArray(value) ? value : []
}

/** Declarations of the file that the promises name, and that those name: changing them changes the promise. */
const sourcesOf = (view: View, parts: ReadonlyArray<Place>): ReadonlyArray<string> => {
  const declared = view.places.filter(({ node, parent }) => {
    const isTop = parent === view.program || parent?.parent === view.program || parent?.parent?.parent === view.program
    return isTop && /^(VariableDeclarator|FunctionDeclaration)$/.test(node.type)
  })
  const named = new Map(declared.map((place) => [text(child(place.node, "id"), "name"), place]))
  const found = new Map<string, Place>()
  const spread = (shape: string): void => {
    for (const [, name = ""] of shape.matchAll(/\(Identifier name:"([^"]+)"/g)) {
      const place = named.get(name)
      if (place === undefined || found.has(name)) continue
      found.set(name, place)
      spread(place.shape)
    }
  }
  // A tool that stands under a name of its own is named by `tools`, which is no promise.
  for (const { shape } of parts) spread(shape)
  return [...found].map(([name, { shape }]) => `${name} ${shape}`)
}
