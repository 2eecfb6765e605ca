import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { dataOf, errorOf, readThrown } from "../../../actors/hosts/thrown.ts"
import { PortError } from "../../../plugins/ports.ts"

const wire = (thrown: unknown): Error => {
  const data = readThrown(JSON.parse(JSON.stringify(dataOf(thrown))))
  if (data === undefined) throw new Error("not readable")
  return errorOf(data)
}

it("whatever is thrown arrives as an error of bounded size", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    maxDepth: 4
  })
  fc.assert(
    fc.property(anything, (thrown) => {
      const error = wire(thrown)
      expect(error).toBeInstanceOf(Error)
      expect(error.message).toBeTypeOf("string")
    })
  )
})

describe("an error", () => {
  it("keeps its name, message, stack, code and other plain facts", () => {
    const error = Object.assign(new TypeError("wrong"), { code: "E_X", errno: -2, path: "/x", more: { deep: 1 } })
    const arrived = wire(error)
    expect(arrived).toBeInstanceOf(TypeError)
    expect(arrived).toMatchObject({ name: "TypeError", message: "wrong", code: "E_X", errno: -2, path: "/x" })
    expect(arrived.stack).toBe(error.stack)
    expect(arrived).not.toHaveProperty("more")
  })

  it("keeps its causes, but not for ever", () => {
    const circle = new Error("round")
    circle.cause = circle
    let depth = 0
    for (let error: unknown = wire(circle); error instanceof Error; error = error.cause) depth++
    expect(depth).toBeGreaterThan(3)
    expect(depth).toBeLessThan(20)
  })

  it("is cut when it is long", () => {
    const error = wire(Object.assign(new Error("x".repeat(1e7)), { path: "y".repeat(1e6) }))
    expect(JSON.stringify(dataOf(error)).length).toBeLessThan(60_000)
  })

  it("may refuse to be read", () => {
    const refuse = () => {
      throw new Error("do not touch")
    }
    const traps = { get: refuse, ownKeys: refuse, getPrototypeOf: refuse }
    const getters = Object.defineProperties(new Error("hidden"), { message: { get: refuse }, stack: { get: refuse } })
    for (const hostile of [new Proxy({}, traps), new Proxy(() => {}, traps), getters])
      expect(wire(hostile).message).toMatch(/no error/)
  })

  it("brings nothing that could change how it is treated", () => {
    const error = JSON.parse('{"message":"m","name":"n","then":1,"toJSON":2,"constructor":3,"__proto__":4,"code":"c"}')
    const arrived = wire(error)
    expect(Object.keys(arrived)).toEqual(["code"])
  })

  it("of a port stays one, of whatever copy of the class", () => {
    const copy = Object.assign(new Error("gone"), { name: "PortError", kind: "not_found" })
    for (const thrown of [new PortError("not_found", "gone"), copy]) {
      const arrived = wire(thrown)
      expect(arrived).toBeInstanceOf(PortError)
      expect(arrived).toMatchObject({ kind: "not_found", message: "gone" })
    }
    expect(wire(Object.assign(new Error("x"), { name: "PortError", kind: "invented" }))).not.toBeInstanceOf(PortError)
  })
})
