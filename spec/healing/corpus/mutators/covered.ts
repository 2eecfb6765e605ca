/**
 * Faults that undo what a repair template does. They are of the covered classes: what was lost is determined by the code that
 * is left. A lost constant or a lost text of the author is not, and is found in uncovered.ts.
 */
import { field, fields, isFunction, isNeutral, misspelt, nameOf, word } from "./fields.ts"
import type { Edit, Mutator, Node } from "./mutator.ts"

const replaced = ({ start, end }: Node, text: string): Edit => ({ start, end, text })

const asksForNothing = /^!|(=== undefined|== null|=== null|!== undefined|length === 0)/

const leavesQuietly = (node: Node | undefined): boolean => {
  const statement = node?.type === "BlockStatement" ? fields(node, "body")[0] : node
  if (statement?.type === "ContinueStatement") return true
  if (statement?.type !== "ReturnStatement") return false
  const value = field(statement, "argument")
  return value === undefined || isNeutral(value)
}

export const dropGuard: Mutator = {
  name: "drop-guard",
  edit: ({ node, text }) => {
    if (node.type !== "IfStatement" || field(node, "alternate") !== undefined) return undefined
    const test = field(node, "test")
    return test !== undefined && asksForNothing.test(text(test)) && leavesQuietly(field(node, "consequent"))
      ? replaced(node, "")
      : undefined
  }
}

const optionalChain: Mutator = {
  name: "drop-optional-chain",
  edit: ({ node, source }) => {
    if (node.type !== "OptionalMemberExpression" || node.optional !== true) return undefined
    const object = field(node, "object")
    const start = object === undefined ? -1 : source.indexOf("?.", object.end)
    if (start === -1) return undefined
    return { start, end: start + 2, text: node.computed === true ? "" : "." }
  }
}

const dropAwait: Mutator = {
  name: "drop-await",
  edit: ({ node, text }) => {
    const argument = node.type === "AwaitExpression" ? field(node, "argument") : undefined
    return argument === undefined ? undefined : replaced(node, text(argument))
  }
}

const misspellMember: Mutator = {
  name: "misspell-member",
  edit: ({ node }) => {
    if (!/^(Optional)?MemberExpression$/.test(node.type) || node.computed === true) return undefined
    const property = field(node, "property")
    const name = nameOf(property)
    return property === undefined || name === undefined || name.length < 4
      ? undefined
      : replaced(property, misspelt(name))
  }
}

const misspellName: Mutator = {
  name: "misspell-name",
  edit: ({ node }) => {
    const callee = node.type === "CallExpression" ? field(node, "callee") : undefined
    const name = nameOf(callee)
    return callee === undefined || name === undefined || name.length < 4 ? undefined : replaced(callee, misspelt(name))
  }
}

const isRelative = (node: Node): boolean => (word(field(node, "source"), "value") ?? "").startsWith(".")

const isTypeOnly = (node: Node): boolean => node.importKind === "type"

const wrongExport: Mutator = {
  name: "wrong-export",
  edit: ({ node, around: [declaration] }) => {
    if (node.type !== "ImportSpecifier" || declaration === undefined || !isRelative(declaration) || isTypeOnly(node))
      return undefined
    const imported = field(node, "imported")
    const local = nameOf(field(node, "local"))
    const name = nameOf(imported)
    return name === undefined || local === undefined ? undefined : replaced(node, `${misspelt(name)} as ${local}`)
  }
}

const wrongExtension: Mutator = {
  name: "wrong-extension",
  edit: ({ node, text }) => {
    const source =
      node.type === "ImportDeclaration" && isRelative(node) && !isTypeOnly(node) ? field(node, "source") : undefined
    if (source === undefined) return undefined
    const other = text(source)
      .replace(/\.ts"$/, '.js"')
      .replace(/\.(cjs|json)"$/, '"')
    return replaced(source, other === text(source) ? other.replace(/\.js"$/, '"') : other)
  }
}

const defaultForNamed: Mutator = {
  name: "default-for-named",
  edit: ({ node }) => {
    if (node.type !== "ImportDeclaration" || !isRelative(node)) return undefined
    const specifiers = fields(node, "specifiers")
    const [only] = specifiers
    const from = field(node, "source")
    if (only === undefined || from === undefined) return undefined
    const local = nameOf(field(only, "local"))
    if (local === undefined) return undefined
    if (only.type === "ImportDefaultSpecifier")
      return specifiers.length === 1
        ? { start: node.start, end: from.start, text: `import { ${local} } from ` }
        : undefined
    if (only.type !== "ImportSpecifier" || isTypeOnly(only) || specifiers.length > 1) return undefined
    return { start: node.start, end: from.start, text: `import ${local} from ` }
  }
}

const isLastOf = (node: Node, body: Node | undefined): boolean =>
  body?.type === "BlockStatement" && fields(body, "body").at(-1) === node

const dropReturn: Mutator = {
  name: "drop-return",
  edit: ({ node, around: [block, fn], text }) => {
    if (node.type === "ReturnStatement") {
      const argument = field(node, "argument")
      return argument !== undefined && isLastOf(node, block) && isFunction(fn) && !text(argument).startsWith("{")
        ? replaced(node, text(argument))
        : undefined
    }
    const body = node.type === "ArrowFunctionExpression" ? field(node, "body") : undefined
    return body === undefined || /^(BlockStatement|ObjectExpression)$/.test(body.type)
      ? undefined
      : replaced(body, `{ ${text(body)} }`)
  }
}

const dropDefault: Mutator = {
  name: "drop-default",
  edit: ({ node, text }) => {
    if (node.type === "AssignmentPattern" && isNeutral(field(node, "right"))) {
      const left = field(node, "left")
      return left === undefined ? undefined : replaced(node, text(left))
    }
    if (node.type === "LogicalExpression" && node.operator === "??" && isNeutral(field(node, "right"))) {
      const left = field(node, "left")
      return left === undefined ? undefined : replaced(node, text(left))
    }
    return undefined
  }
}

const letToConst: Mutator = {
  name: "let-to-const",
  edit: ({ node }) => {
    const isSet = fields(node, "declarations").every((declaration) => field(declaration, "init") !== undefined)
    return node.type === "VariableDeclaration" && node.kind === "let" && isSet
      ? { start: node.start, end: node.start + 3, text: "const" }
      : undefined
  }
}

const loopBound: Mutator = {
  name: "loop-bound",
  edit: ({ node, around: [loop], source }) => {
    if (
      node.type !== "BinaryExpression" ||
      node.operator !== "<" ||
      field(loop, "test") !== node ||
      !/^(For|While)Statement$/.test(loop?.type ?? "")
    )
      return undefined
    const left = field(node, "left")
    const start = left === undefined ? -1 : source.indexOf("<", left.end)
    return start === -1 ? undefined : { start, end: start + 1, text: "<=" }
  }
}

const swapArguments: Mutator = {
  name: "swap-arguments",
  edit: ({ node, text }) => {
    const [first, second] = node.type === "CallExpression" ? fields(node, "arguments") : []
    if (first === undefined || second === undefined || text(first) === text(second)) return undefined
    return [replaced(first, text(second)), replaced(second, text(first))]
  }
}

const rawParse: Mutator = {
  name: "raw-parse",
  edit: ({ node, text }) => {
    if (node.type === "TryStatement") {
      const block = field(node, "block")
      return block !== undefined && text(block).includes("JSON.parse") && !text(block).includes("return")
        ? replaced(node, text(block).slice(1, -1))
        : undefined
    }
    const callee = node.type === "CallExpression" ? field(node, "callee") : undefined
    return /^(parseTolerant|withoutExtras)$/.test(nameOf(callee) ?? "") && callee !== undefined
      ? replaced(callee, nameOf(callee) === "parseTolerant" ? "JSON.parse" : "String")
      : undefined
  }
}

/** What Node once had: it is gone, and people's code still calls it. */
const withUtil = (node: Node, text: string): ReadonlyArray<Edit> => [
  replaced(node, text),
  { start: 0, end: 0, text: 'import util from "node:util"\n' }
]

const removedApi: Mutator = {
  name: "removed-api",
  edit: ({ node, text, source }) => {
    if (source.includes("node:util")) return undefined
    if (node.type === "CallExpression" && text(node).startsWith("Array.isArray("))
      return withUtil(node, text(node).replace("Array", "util"))
    if (node.type !== "BinaryExpression" || node.operator !== "===") return undefined
    const [left, right] = [field(node, "left"), field(node, "right")]
    if (left === undefined || right === undefined) return undefined
    if (nameOf(right) === "undefined") return withUtil(node, `util.isUndefined(${text(left)})`)
    if (right.type === "NullLiteral") return withUtil(node, `util.isNull(${text(left)})`)
    const typed = left.type === "UnaryExpression" && left.operator === "typeof" ? field(left, "argument") : undefined
    if (typed === undefined || !/^"(string|number|object)"$/.test(text(right))) return undefined
    const kind = text(right).slice(1, -1)
    return withUtil(node, `util.is${kind.charAt(0).toUpperCase()}${kind.slice(1)}(${text(typed)})`)
  }
}

const dropNew: Mutator = {
  name: "drop-new",
  edit: ({ node }) => {
    const callee = node.type === "NewExpression" ? field(node, "callee") : undefined
    return callee === undefined ? undefined : { start: node.start, end: callee.start, text: "" }
  }
}

const requireInEsm: Mutator = {
  name: "require-in-esm",
  edit: ({ node, text }) => {
    if (node.type !== "ImportDeclaration" || isTypeOnly(node) || /kintsugi|zod/.test(text(node))) return undefined
    const specifiers = fields(node, "specifiers")
    const from = field(node, "source")
    if (from === undefined || specifiers.length === 0) return undefined
    const [first] = specifiers
    if (specifiers.length === 1 && first?.type === "ImportDefaultSpecifier")
      return replaced(node, `const ${text(first)} = require(${text(from)})`)
    if (specifiers.some((one) => one.type !== "ImportSpecifier" || isTypeOnly(one))) return undefined
    return replaced(
      node,
      `const { ${specifiers.map((one) => text(one).replace(" as ", ": ")).join(", ")} } = require(${text(from)})`
    )
  }
}

const dropAttribute: Mutator = {
  name: "drop-import-attribute",
  edit: ({ node }) => {
    const from = node.type === "ImportDeclaration" ? field(node, "source") : undefined
    return from === undefined || fields(node, "attributes").length === 0
      ? undefined
      : { start: from.end, end: node.end, text: "" }
  }
}

const dropInitialiser: Mutator = {
  name: "drop-initialiser",
  edit: ({ node, source }) => {
    const value = node.type === "ClassProperty" ? field(node, "value") : undefined
    if (value === undefined || !(isNeutral(value) || value.type === "NewExpression")) return undefined
    const start = source.lastIndexOf(" = ", value.start)
    return start < node.start ? undefined : { start, end: value.end, text: "" }
  }
}

export const covered: ReadonlyArray<Mutator> = [
  dropGuard,
  optionalChain,
  dropAwait,
  misspellMember,
  misspellName,
  wrongExport,
  wrongExtension,
  defaultForNamed,
  dropReturn,
  dropDefault,
  letToConst,
  loopBound,
  swapArguments,
  rawParse,
  removedApi,
  dropNew,
  requireInEsm,
  dropAttribute,
  dropInitialiser
]
