import { afterEach, describe, expect, it } from "vitest"
import { ownHook } from "../../healing/own-hook.ts"

afterEach(() => {
  Reflect.deleteProperty(Object.prototype, "start")
  Reflect.deleteProperty(Function.prototype, "start")
})

const hook = () => "called"

describe("a hook is found", () => {
  class Base {
    start(): string {
      return "base"
    }
  }
  class Derived extends Base {
    stop = hook
  }

  it.each<readonly [string, object, string]>([
    ["on a plain object", { start: hook }, "start"],
    ["on an object without a prototype", Object.assign(Object.create(null), { start: hook }), "start"],
    ["as a method of its class", new Base(), "start"],
    ["as a method of a class that it extends", new Derived(), "start"],
    ["as a field", new Derived(), "stop"],
    ["on an object that it was made from", Object.create({ start: hook }), "start"]
  ])("%s", (_, instance, name) => {
    expect(ownHook(instance, name)).toMatchObject({ type: "present", hook: expect.any(Function) })
  })
})

describe("A6: a hook is not called", () => {
  let read = 0
  const effect = () => {
    read += 1
    return hook
  }

  it("that is a getter, of the object or of its class: not even read", () => {
    class Sneaky {
      get start(): unknown {
        return effect()
      }
    }
    const own = Object.defineProperty({}, "start", { get: effect, enumerable: true })
    for (const instance of [own, new Sneaky(), Object.create(own)])
      expect(ownHook(instance, "start")).toEqual({ type: "refused", reason: expect.stringContaining("getter") })
    expect(read).toBe(0)
  })

  it("that a polluted prototype brings", () => {
    Reflect.defineProperty(Object.prototype, "start", { value: hook, configurable: true })
    Reflect.defineProperty(Function.prototype, "start", { value: hook, configurable: true })
    class Plugin {
      name = "words"
    }
    for (const instance of [{}, new Plugin(), [], new Map(), hook])
      expect(ownHook(instance, "start")).toEqual({ type: "absent" })
  })

  it("that stands on a native class, or on the root of another realm", () => {
    class List extends Array {}
    expect(ownHook(new List(), "map")).toEqual({ type: "absent" })
    const foreign = Object.assign(Object.create(null), { start: hook })
    expect(ownHook(Object.create(foreign), "start")).toEqual({ type: "absent" })
  })

  it("that is not there, or is no function", () => {
    expect(ownHook({}, "start")).toEqual({ type: "absent" })
    expect(ownHook({ start: undefined }, "start")).toEqual({ type: "absent" })
    expect(ownHook({ start: 5 }, "start")).toEqual({ type: "refused", reason: "must be a function, not number" })
  })

  it("that is shadowed by something that cannot be called", () => {
    const shadowed = Object.assign(Object.create({ start: hook }), { start: undefined })
    expect(ownHook(shadowed, "start")).toEqual({ type: "absent" })
  })
})
