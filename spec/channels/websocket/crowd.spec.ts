import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { crowd, type Visitor } from "../../../channels/websocket/crowd.ts"
import { guesses } from "../../../channels/websocket/guesses.ts"

describe("a crowd", () => {
  it("asks the oldest stranger to make room, and nobody who has shown a key", () => {
    const asked: Array<string> = []
    const people = crowd({ connections: 3, perAddress: 3 })
    const enter = (name: string, address = name) => people.enter(address, () => asked.push(name))
    enter("a")?.trust()
    enter("b")
    enter("c")
    expect(enter("d")).toBeDefined()
    expect(asked).toEqual(["b"])
    expect(people.size()).toBe(3)
    enter("e")?.trust()
    enter("f")?.trust()
    expect(asked).toEqual(["b", "c", "d"])
    expect(enter("g")).toBe(undefined)
    expect(people.size()).toBe(3)
  })

  it("bounds one address by itself", () => {
    const asked: Array<string> = []
    const people = crowd({ connections: 9, perAddress: 2 })
    const enter = (name: string, address: string) => people.enter(address, () => asked.push(name))
    enter("other", "y")
    const [first, second] = [enter("1", "x"), enter("2", "x")]
    enter("3", "x")?.trust()
    expect(asked).toEqual(["1"])
    second?.trust()
    expect(enter("4", "x")).toBe(undefined)
    expect(asked).toEqual(["1"])
    for (const one of [first, second]) if (one !== undefined) people.leave(one)
    expect(enter("5", "x")).toBeDefined()
  })

  it("counts whoever a proxy brings where it comes from, once that is known", () => {
    const asked: Array<string> = []
    const people = crowd({ connections: 5, perAddress: 1 })
    const enter = (name: string, address?: string) => people.enter(address, () => asked.push(name))
    const [first, second, third] = [enter("1"), enter("2"), enter("3")]
    expect(first?.move("x")).toBe(true)
    expect(first?.move("x")).toBe(true)
    expect(asked).toEqual([])
    expect(second?.move("x")).toBe(true)
    expect(asked).toEqual(["1"])
    expect(first?.move("y")).toBe(false)
    second?.trust()
    expect(third?.move("x")).toBe(false)
    expect(second?.move("y")).toBe(true)
    expect(third?.move("x")).toBe(true)
    expect(third?.move("y")).toBe(false)
    expect(people.size()).toBe(2)
  })

  it("never counts wrongly, whoever comes, shows a key, or leaves twice", () => {
    const step = fc.record({
      what: fc.constantFrom("enter", "trust", "leave", "move"),
      address: fc.nat(3),
      which: fc.nat(20)
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const people = crowd({ connections: 6, perAddress: 3 })
        const inside = new Map<Visitor, number>()
        const trusted = new Set<Visitor>()
        for (const { what, address, which } of steps) {
          const one = [...inside.keys()][which]
          if (what === "enter") {
            const visitor = people.enter(`${address}`, () => {
              expect(trusted.has(visitor!)).toBe(false)
              inside.delete(visitor!)
            })
            if (visitor !== undefined) inside.set(visitor, address)
            else expect(trusted.size).toBeGreaterThan(0)
          } else if (one !== undefined && what === "move") {
            if (one.move(`${address}`)) inside.set(one, address)
          } else if (one !== undefined && what === "trust") {
            one.trust()
            trusted.add(one)
          } else if (one !== undefined) {
            people.leave(one)
            people.leave(one)
            inside.delete(one)
            trusted.delete(one)
          }
          expect(people.size()).toBe(inside.size)
          expect(inside.size).toBeLessThanOrEqual(6)
          for (const address of [0, 1, 2, 3])
            expect([...inside.values()].filter((one) => one === address).length).toBeLessThanOrEqual(3)
        }
      })
    )
  })
})

describe("guesses", () => {
  const clock = () => {
    let time = 1_000_000
    return { now: () => time, pass: (ms: number) => void (time += ms) }
  }

  it("of ten keys lock an address out for a minute, then twice as long, and nobody else", () => {
    const { now, pass } = clock()
    const wrong = guesses({ wrongKeys: 10, lockout: 60_000 }, now)
    const guess = (from: number, count: number) => {
      for (let at = 0; at < count; at++) wrong.wrong("x", `key ${from + at}`)
    }
    guess(0, 9)
    expect(wrong.wait("x")).toBe(0)
    guess(9, 1)
    expect(wrong.wait("x")).toBe(60_000)
    expect(wrong.wait("y")).toBe(0)
    pass(60_000)
    expect(wrong.wait("x")).toBe(0)
    guess(10, 10)
    expect(wrong.wait("x")).toBe(120_000)
    for (let round = 2; round < 9; round++) {
      pass(wrong.wait("x"))
      guess(round * 10, 10)
    }
    expect(wrong.wait("x")).toBe(16 * 60_000)
    pass(16 * 60_000 + 32 * 60_000)
    expect(wrong.wait("x")).toBe(0)
    guess(0, 10)
    expect(wrong.wait("x")).toBe(60_000)
  })

  it("count one key once: a page that was left open with an old key locks nobody out", () => {
    const wrong = guesses({ wrongKeys: 3, lockout: 60_000 })
    for (let at = 0; at < 100; at++) wrong.wrong("x", "old")
    wrong.wrong("x", "older")
    expect(wrong.wait("x")).toBe(0)
    wrong.wrong("x", "oldest")
    expect(wrong.wait("x")).toBeGreaterThan(0)
  })

  it("are remembered of ten thousand addresses at most", () => {
    const { now } = clock()
    const wrong = guesses({ wrongKeys: 1, lockout: 60_000 }, now)
    for (let at = 0; at <= 10_000; at++) wrong.wrong(`${at}`, "key")
    expect(wrong.wait("0")).toBe(0)
    expect(wrong.wait("1")).toBe(60_000)
    expect(wrong.wait("10000")).toBe(60_000)
  })
})
