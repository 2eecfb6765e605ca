import { describe, expect, it } from "vitest"
import { snapshotOf } from "../../healing/snapshot.ts"
import { namedTypes, nodesIn, parseSource, printSource, programOf } from "../../healing/syntax.ts"
import { insert, put } from "../../healing/templates/kit.ts"

const source = "const f = () => {\n  if (a) f(zap, 1)\n  return [2]\n}\n"

const ground = () => {
  const file = parseSource("/a.js", source)
  const find = (is: (node: object) => boolean): object =>
    nodesIn(programOf(file)).find(({ node }) => is(node))?.node ?? {}
  const zap = find((node) => "name" in node && node.name === "zap")
  const block = find((node) => namedTypes.BlockStatement.check(node))
  const one = find((node) => namedTypes.NumericLiteral.check(node))
  return { file, snapshot: snapshotOf(file), zap, block, one }
}

describe("snapshotOf", () => {
  it.each([
    ["a name", "zap", "name", "other"],
    ["a new field", "zap", "optional", true],
    ["a number", "one", "value", 7]
  ] as const)("sees %s that was changed, and whether it was put back", (_, which, key, value) => {
    const { snapshot, ...nodes } = ground()
    const undo = put(nodes[which], key, value)
    expect(snapshot.changed()).toEqual([nodes[which]])
    undo()
    expect(snapshot.changed()).toEqual([])
  })

  it("looks only at those that it is asked about", () => {
    const { snapshot, zap, one } = ground()
    put(zap, "name", "other")
    expect(snapshot.changed([one])).toEqual([])
    expect(snapshot.changed([zap, one])).toEqual([zap])
  })

  it("puts back what nobody undid: fields that changed, came, and went, and lists", () => {
    const { file, snapshot, zap, block, one } = ground()
    put(zap, "name", "other")
    put(zap, "optional", true)
    Reflect.deleteProperty(one, "value")
    if (namedTypes.BlockStatement.check(block)) insert(block.body, 0, block.body[1], block.body[1])
    snapshot.restore(snapshot.changed())
    expect(snapshot.changed()).toEqual([])
    expect(printSource(file)).toBe(source)
  })

  it("finds the block or listed statement around all that was changed", () => {
    const { snapshot, zap, block, one } = ground()
    expect(snapshot.statementAround([zap])).toMatchObject({ type: "IfStatement" })
    expect(snapshot.statementAround([zap, one])).toMatchObject({ type: "IfStatement" })
    expect(snapshot.statementAround([zap, "body" in block ? Object(block.body) : {}])).toBe(block)
  })
})
