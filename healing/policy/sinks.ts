/** Texts that say what is run, fetched or touched: they stay, but for a path that is mended within the plugin's folder. */
import { count, isNear, type Rule, surplus, unpaired } from "./rule.ts"
import { child, children, isCall, lastName, type Node, type Place, text, type View } from "./tree.ts"

const commands =
  /^(exec|execSync|execFile|execFileSync|spawn|spawnSync|fork|run|start|fetch|request|get|post|put|patch|connect|send)$/
const paths =
  /^(read|write|readFile|readFileSync|writeFile|writeFileSync|append|appendFile|appendFileSync|resolve|stat|statSync|lstat|open|openSync|readdir|readdirSync|mkdir|mkdirSync|rm|rmSync|rmdir|unlink|unlinkSync|rename|renameSync|copyFile|copyFileSync|cp|createReadStream|createWriteStream|join|URL|fileURLToPath|pathToFileURL|access|realpath|exists|existsSync|glob|symlink|chdir)$/

export const sinks: Rule = ({ before, after }) => [
  ...changed(before, after, commands, () => false).map((one) => `changes what is run or fetched: ${one}`),
  ...changed(before, after, paths, isMended).map((one) => `changes a path: ${one}`)
]

const changed = (
  before: View,
  after: View,
  names: RegExp,
  fits: (one: string, other: string) => boolean
): ReadonlyArray<string> => {
  const [had, has] = [literalsIn(before, names), literalsIn(after, names)]
  const [gone, came] = [surplus(count(had), count(has)), surplus(count(has), count(had))]
  return unpaired(came, gone, (one, other) => fits(other, one)).map((one) => JSON.stringify(one.slice(0, 40)))
}

/** Both relative and inside, and the one the other misspelt or with another ending. */
const isMended = (one: string, other: string): boolean =>
  [one, other].every((path) => !/^([/~\\]|[a-zA-Z]+:)|(^|[/\\])\.\.([/\\]|$)/.test(path)) &&
  isNear(one.replace(/\.\w+$/, ""), other.replace(/\.\w+$/, ""))

/** Texts within the arguments of such calls, and of the variables that are handed to them. */
const literalsIn = (view: View, names: RegExp): ReadonlyArray<string> => {
  const holders = view.places.filter(({ node }) => isCall(node) && names.test(lastName(child(node, "callee"))))
  const shapes = holders.flatMap((place) => argumentsOf(place, view, names === paths))
  const named = new Set(
    shapes.flatMap((shape) => [...shape.matchAll(/\(Identifier name:"([^"]+)"/g)].map(([, name]) => name))
  )
  const values = view.places.flatMap(({ node, shape }) => {
    if (node.type !== "VariableDeclarator" || !named.has(text(child(node, "id"), "name"))) return []
    const value = child(node, "init")
    return value !== undefined && isTextual(value) ? [shape] : []
  })
  return [...shapes, ...values].flatMap(textsOf)
}

const isTextual = ({ type }: Node): boolean =>
  /^(StringLiteral|TemplateLiteral|BinaryExpression|ArrayExpression)$/.test(type)

/** Of a path only what comes first: what follows are texts to write and encodings. */
const argumentsOf = ({ node }: Place, view: View, isPath: boolean): ReadonlyArray<string> => {
  const isJoin = /^(join|resolve|URL)$/.test(lastName(child(node, "callee")))
  const asked = children(node, "arguments").slice(0, isPath && !isJoin ? 1 : undefined)
  // A text joined from words is no path.
  if (
    lastName(child(node, "callee")) === "join" &&
    /Array|String/.test(child(child(node, "callee"), "object")?.type ?? "")
  )
    return []
  return view.places
    .filter((place) => place.parent?.node === node && asked.includes(place.node))
    .map(({ shape }) => shape)
}

const textsOf = (shape: string): ReadonlyArray<string> => [
  ...[...shape.matchAll(/\(StringLiteral value:("(?:[^"\\]|\\.)*")/g)].map(([, one = '""']) => String(JSON.parse(one))),
  ...[...shape.matchAll(/\(TemplateElement value:(\{.*?\})(?: |\))/g)].map(([, one = ""]) => one)
]
