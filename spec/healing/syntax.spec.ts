import { describe, expect, it } from "vitest"
import { builders, namedTypes, nodeAt, nodesIn, parseSource, printSource, programOf } from "../../healing/syntax.ts"
import { awaited, put, swap } from "../../healing/templates/kit.ts"

/** Renames `zap`, and gives what is printed. */
const renamed = (source: string, path = "/a.ts"): string => {
  const file = parseSource(path, source)
  for (const { node } of nodesIn(programOf(file)))
    if (namedTypes.Identifier.check(node) && node.name === "zap") put(node, "name", "zop")
  return printSource(file)
}

const texts: Readonly<Record<string, string>> = {
  "no semicolons": "const a = 1\n\n// c\nfunction x() { return zap }\n",
  semicolons: "const a = 1;\nfunction x() {\n    return zap;\n}\n",
  "Windows' line ends": "const a = 1\r\n\r\nfunction x() {\r\n  return zap   \r\n}\r\n",
  "a byte order mark": "\uFEFFconst a = 1\nfunction x() { return zap }\n",
  "a line for the shell": "#!/usr/bin/env node\nfunction x() { return zap }\n",
  tabs: "function x() {\n\tif (a) {\n\t\treturn zap\n\t}\n \t mixed()   \n}\n",
  "a text of several lines": "function x() {\n\tif (a) {\n\t\treturn zap + `q\n\t\t\tr  \n`\n\t}\n}\n",
  "no end of line": "function x() { return zap }",
  "what recast puts in brackets": 'const f = async () => new (await import("a")).A(1)\nzap()\n'
}

describe("printSource keeps every byte but what was changed", () => {
  it.each(Object.entries(texts))("%s", (_, source) => {
    expect(printSource(parseSource("/a.ts", source))).toBe(source)
    expect(renamed(source)).toBe(source.replace("zap", "zop"))
  })

  it("keeps a semicolon that is needed", () => {
    expect(renamed("const f = () => { return zap; [1].map(g) }\n")).toContain("zop;")
  })
})

it("indents by tabs what it prints anew, where the file does", () => {
  const file = parseSource(
    "/a.js",
    "async function x() {\n\tif (a) {\n\t\tconst q = zap({\n\t\t\ta: 1\n\t\t})\n\t}\n}\n"
  )
  const call = nodesIn(programOf(file)).find(({ node }) => namedTypes.CallExpression.check(node))
  if (call !== undefined) swap(call, awaited(call.node))
  expect(printSource(file)).not.toMatch(/^\t* /m)
})

describe("nodeAt finds what V8 points to", () => {
  it.each([
    ["two spaces", "function x() {\n  return a.b.zap()\n}\n", 14],
    ["tabs", "function x() {\n\treturn a.b.zap()\n}\n", 13]
  ])("indented by %s", (_, source, column) => {
    expect(nodeAt(programOf(parseSource("/a.js", source)), 2, column)?.node).toMatchObject({ name: "zap" })
  })

  it("takes the first statement of a line without a column", () => {
    const found = nodeAt(programOf(parseSource("/a.js", "a()\nb(); c()\n")), 2)
    expect(found?.node.type).toBe("ExpressionStatement")
  })
})

it("keeps the attributes of an import whose names are changed", () => {
  const source = 'import { zap } from "./a.json" with { type: "json" }\n'
  expect(renamed(source)).toBe(source.replace("zap", "zop"))
  const file = parseSource("/a.js", source)
  const [statement] = file.program.body
  if (namedTypes.ImportDeclaration.check(statement))
    put(statement, "specifiers", [builders.importDefaultSpecifier(builders.identifier("zap"))])
  expect(printSource(file)).toMatch(/^import zap from "\.\/a\.json" with \{\s*type: "json"\s*\};?\n$/)
})

it("takes no comment for a part of the program", () => {
  const source =
    "const f = (/* a */) => {\n  // b\n}\n/* c */ f(/* d */)\nclass A { /* e */ }\nconst o = {\n  // g\n}\n"
  const paths = nodesIn(programOf(parseSource("/a.js", source)))
  expect(paths.filter(({ node, value }) => node !== value)).toEqual([])
})
