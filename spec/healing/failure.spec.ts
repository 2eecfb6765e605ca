import { execFile } from "node:child_process"
import { lookup } from "node:dns/promises"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { diagnose } from "../../healing/failure.ts"

let folder = ""
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kintsugi-failure-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a piece of code throws or rejects with. */
const thrownBy = async (run: () => unknown): Promise<unknown> => {
  try {
    await run()
  } catch (error) {
    return error
  }
  throw new Error("nothing was thrown")
}

/** Loads a module in Node itself, not in the test runner, which has its own loader. */
const importing = (source: string): Promise<unknown> =>
  thrownBy(async () => {
    const path = join(folder, `${Math.random().toString(36).slice(2)}.mjs`)
    writeFileSync(path, source)
    const load = `import(${JSON.stringify(pathToFileURL(path).href)}).catch((error) => {
      const { name, code, message, stack } = error
      console.log(JSON.stringify({ name, code, message, stack }))
    })`
    const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", "--input-type=module", "-e", load])
    throw Object.assign(new Error(), JSON.parse(stdout))
  })

const nothing = undefined as unknown as { readonly x: { y: number } }
const anything = (value: unknown): Record<string, () => unknown> & Iterable<unknown> => value as never

describe("diagnose knows what Node and V8 throw", () => {
  const cases: ReadonlyArray<readonly [string, string, () => unknown]> = [
    ["undefined_access", "execution_error", () => nothing.x],
    ["undefined_access", "execution_error", () => void (nothing.x.y = 1)],
    ["undefined_access", "execution_error", () => (({ x }: typeof nothing) => x)(nothing)],
    ["not_a_function", "execution_error", () => anything({}).run?.call(0) ?? anything({}).walk!()],
    ["not_a_function", "execution_error", () => new (anything({}).Some as never as typeof Map)()],
    ["not_iterable", "execution_error", () => [...anything({})]],
    ["not_iterable", "execution_error", () => Math.max(...(anything(undefined) as never as Array<number>))],
    ["not_defined", "execution_error", () => new Function("return missing")()],
    ["read_only", "execution_error", () => new Function("const x = 1; x = 2")()],
    ["read_only", "execution_error", () => Object.assign(Object.freeze({ a: 1 }), { a: 2 })],
    ["not_serialisable", "execution_error", () => structuredClone(() => 1)],
    ["not_serialisable", "execution_error", () => JSON.stringify(1n)],
    [
      "not_serialisable",
      "execution_error",
      () => {
        const loop: Record<string, unknown> = {}
        loop.self = loop
        return JSON.stringify(loop)
      }
    ],
    [
      "endless_recursion",
      "execution_error",
      () => {
        const again = (): number => 1 + again()
        return again()
      }
    ],
    ["out_of_range", "execution_error", () => "x".repeat(-1)],
    ["out_of_range", "execution_error", () => new Date(NaN).toISOString()],
    ["wrong_type", "execution_error", () => [].reduce((one) => one)],
    ["bad_json", "execution_error", () => JSON.parse("{")],
    ["bad_json", "execution_error", () => JSON.parse("<html>")],
    ["bad_syntax", "execution_error", () => new Function("let let = ;")],
    ["wrong_value", "invalid_arguments", () => readFile(anything({}) as never)],
    ["wrong_value", "invalid_arguments", () => new URL("nonsense")],
    ["wrong_value", "invalid_arguments", () => Buffer.from("a", "klingon" as never)],
    ["missing_file", "not_found", () => readFile(join(folder, "nothing"))],
    ["missing_file", "not_found", () => writeFile(join(folder, "no/folder"), "")],
    ["wrong_file", "execution_error", () => readFile(folder)],
    ["wrong_file", "execution_error", () => mkdir(folder)],
    ["missing_file", "not_found", () => readdir(process.execPath)],
    ["missing_program", "missing_dependency", () => promisify(execFile)("kintsugi-no-such-program")],
    ["network", "network_timeout", () => fetch("http://127.0.0.1:1/")],
    ["network", "network_timeout", () => lookup("nowhere.invalid")],
    [
      "network",
      "network_timeout",
      () => new Promise((_, reject) => connect({ port: 1, host: "127.0.0.1" }).on("error", reject))
    ],
    [
      "timed_out",
      "network_timeout",
      () => AbortSignal.abort(new DOMException("late", "TimeoutError")).throwIfAborted()
    ],
    ["cancelled", "cancelled", () => fetch("http://127.0.0.1:1/", { signal: AbortSignal.abort() })]
  ]
  it.each(cases)("%s (%s): %s", async (kind, errorClass, run) => {
    expect(diagnose(await thrownBy(run))).toMatchObject({ kind, errorClass })
  })

  it.each([
    ["missing_module", "missing_dependency", 'import "no-such-package"'],
    ["missing_module", "missing_dependency", 'import "./no-such-file.mjs"'],
    [
      "missing_module",
      "missing_dependency",
      'import { createRequire } from "node:module"; createRequire(import.meta.url)("./no")'
    ],
    ["missing_module", "missing_dependency", 'import "node:no-such-builtin"'],
    ["missing_export", "missing_dependency", 'import { nothing } from "node:path"'],
    ["bad_syntax", "execution_error", "const a = ;"],
    ["bad_syntax", "execution_error", "require('fs')"],
    ["bad_syntax", "execution_error", 'import "data:application/json,{}"']
  ])("%s (%s) at loading %s", async (kind, errorClass, source) => {
    expect(diagnose(await importing(source))).toMatchObject({ kind, errorClass })
  })

  it.each(["EACCES", "EPERM", "EROFS"])("denied: %s", (code) => {
    const failure = diagnose(Object.assign(new Error(`${code}: no, open '/x'`), { code, syscall: "open" }))
    expect(failure).toMatchObject({ kind: "denied", errorClass: "permission_denied" })
  })

  it.each(["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "ECONNRESET", "EAI_AGAIN"])(
    "network: %s, deep in a chain of causes",
    (code) => {
      const cause = new AggregateError([Object.assign(new Error("socket"), { code })], "all failed")
      expect(diagnose(new Error("cannot load", { cause: new TypeError("fetch failed", { cause }) })).errorClass).toBe(
        "network_timeout"
      )
    }
  )
})

it("diagnose looks at the deepest cause first", () => {
  const cause = Object.assign(new Error("ENOENT: open '/x'"), { code: "ENOENT", syscall: "open" })
  expect(diagnose(new TypeError("Cannot read properties of undefined (reading 'x')", { cause })).kind).toBe(
    "missing_file"
  )
})

describe("diagnose tells the model", () => {
  it("that the tool failed and where, that its state is unknown, and what to try", () => {
    const failure = diagnose(new TypeError("Cannot read properties of undefined (reading 'x')"))
    expect(failure.message).toMatch(
      /the tool's own code failed with TypeError: Cannot read .*failure\.spec\.ts:\d+:\d+/
    )
    expect(failure.message).toContain("is not known, so look before you call it again")
    expect(failure.hint).toContain("another tool")
    expect(failure.frame).toMatch(/^\/.*\/spec\/healing\/failure\.spec\.ts:\d+:\d+$/)
  })

  it("the first place outside Node's own code", () => {
    const stack = (...lines: ReadonlyArray<string>): unknown => ({
      name: "Error",
      message: "m",
      stack: ["Error: m", ...lines].join("\n")
    })
    const frames: ReadonlyArray<readonly [string, string | undefined]> = [
      ["    at run (file:///a/b%20c.ts?version=3:4:5)", "/a/b c.ts:4:5"],
      ["    at async Promise.all (index 0)\n    at async file:///a.ts:1:2", "/a.ts:1:2"],
      ["    at new Some (/a (b)/c.js:10:20)", "/a (b)/c.js:10:20"],
      ["    at node:internal/a:1:2\n    at Object.run [as x] (node:fs:3:4)\n    at /d.mjs:5:6", "/d.mjs:5:6"],
      ["    at JSON.parse (<anonymous>)\n    at C:\\a\\b.js:1:2", "C:\\a\\b.js:1:2"],
      ["    at eval (eval at x (file:///a.js:1:2), <anonymous>:3:4)", undefined],
      ["    at node:internal/a:1:2", undefined],
      ["", undefined]
    ]
    for (const [lines, frame] of frames) expect(diagnose(stack(lines)).frame, lines).toBe(frame)
    expect(diagnose({ message: "m", stack: "file:///a/b.ts:7\nlet = ;\n    ^\n\nSyntaxError: m" }).frame).toBe(
      "/a/b.ts:7"
    )
  })

  it("foreign text in one short line, without what steers a terminal", () => {
    const { message } = diagnose(new Error(`a\u001b[31mb\u001b[0m\n\u0007c\u2028d\ud800 ${"x".repeat(100_000)}`))
    expect(message).toContain("Error: ab c d\ufffd xxx")
    expect(message.length).toBeLessThan(2500)
    expect(message).not.toMatch(/[\n\u0007\u001b]/)
  })

  it.each([
    [undefined, "a thrown undefined"],
    [null, "a thrown object null"],
    ["some text", "a thrown string 'some text'"],
    [42, "a thrown number 42"],
    [Symbol("s"), "a thrown symbol Symbol(s)"],
    [{ status: 500 }, "a thrown object { status: 500 }"],
    [Object.create(null), "a thrown object [Object: null prototype] {}"],
    [Object.freeze(new Error("cold")), "Error: cold"]
  ])("what was thrown, be it an error or not: %#", (thrown, text) => {
    expect(diagnose(thrown)).toMatchObject({
      kind: "unknown",
      errorClass: "execution_error",
      message: expect.stringContaining(text)
    })
  })
})

describe("diagnose survives", () => {
  const hostile = (): never => {
    throw new Error("gotcha")
  }
  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, hostile]))
  const loop = new Error("loop")
  loop.cause = new Error("other", { cause: loop })

  it.each<readonly [string, unknown]>([
    [
      "getters that throw",
      Object.defineProperties(
        {},
        Object.fromEntries(
          ["name", "message", "stack", "cause", "code", "errors"].map((key) => [
            key,
            { get: hostile, enumerable: true }
          ])
        )
      )
    ],
    ["a proxy that refuses everything", new Proxy({}, traps)],
    ["a proxy for a function", new Proxy(() => 1, traps)],
    ["a revoked proxy", (({ proxy, revoke }) => (revoke(), proxy))(Proxy.revocable({}, {}))],
    ["causes in a circle", loop],
    [
      "an error that is its own cause",
      Object.assign(new Error("self"), {
        get cause() {
          return this
        }
      })
    ],
    [
      "an endless chain of causes",
      new Proxy(new Error("x"), {
        get: (error, key) => (key === "cause" ? new Proxy(error, { get: () => ({}) }) : Reflect.get(error, key))
      })
    ],
    ["properties of the wrong kind", { name: 1, message: {}, stack: [], code: null, cause: 0, errors: "no" }],
    [
      "toString and inspect that throw",
      {
        toString: hostile,
        toJSON: hostile,
        [Symbol.toPrimitive]: hostile,
        [Symbol.for("nodejs.util.inspect.custom")]: hostile,
        get [Symbol.toStringTag]() {
          return hostile()
        }
      }
    ],
    ["a stack without end", { message: "m", stack: "    at x (".repeat(200_000) }]
  ])("%s", (_, thrown) => {
    const { kind, message } = diagnose(thrown)
    expect(kind).not.toBe("")
    expect(message).toContain("the tool's own code failed with")
  })

  it("anything", () => {
    const value = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withTypedArray: true
    })
    const error = fc.record(
      { name: value, message: value, code: value, stack: value, cause: value, errors: value },
      { requiredKeys: [] }
    )
    fc.assert(
      fc.property(fc.oneof(value, error), (thrown) => {
        const { message } = diagnose(thrown)
        expect(message).toContain("is not known")
        expect(message.isWellFormed()).toBe(true)
      }),
      { numRuns: 500 }
    )
  })
})
