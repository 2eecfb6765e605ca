/**
 * What Node and V8 really throw, provoked on the Node that runs, and read. A Node that words it in another way shows here.
 * What only loading a module can provoke is in signature.process.spec.ts.
 */
import { exec, execFile, execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { lookup } from "node:dns/promises"
import { EventEmitter } from "node:events"
import { mkdtempSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFile, writeFileSync } from "node:fs"
import { mkdir, readdir, readFile } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { diagnose, type Failure } from "../../healing/failure.ts"
import { isHopeless } from "../../healing/signature.ts"

type Expected = readonly [kind: string, property?: string, subject?: string]

const thrownBy = async (run: () => unknown): Promise<unknown> => {
  try {
    await run()
  } catch (error) {
    return error
  }
  throw new Error("nothing was thrown")
}

const read = ({ kind, property, subject }: Failure): Expected => {
  if (subject !== undefined) return [kind, property, subject]
  return property === undefined ? [kind] : [kind, property]
}

const AsyncFunction: unknown = Object.getPrototypeOf(async () => undefined).constructor

const running = (source: string): Promise<Failure> =>
  thrownBy(() => (Reflect.construct(AsyncFunction as FunctionConstructor, [source]) as () => unknown)()).then(diagnose)

describe("the language", () => {
  const cases: Readonly<Record<string, Expected>> = {
    "let u; u.x": ["undefined_access", "x"],
    "let u = null; u.x": ["undefined_access", "x"],
    "let u; u[0]": ["undefined_access", "0"],
    "let u; u['a-b']": ["undefined_access", "a-b"],
    "let u; u[Symbol('s')]": ["undefined_access", "Symbol(s)"],
    "let u; u.x += 1": ["undefined_access", "x"],
    "let a = {}; a.b.c.d": ["undefined_access", "c"],
    "let a = {}; a.b.c()": ["undefined_access", "c"],
    "let u; u.x = 1": ["undefined_set", "x"],
    "let u = null; u[0] = 1": ["undefined_set", "0"],
    "const { a } = undefined": ["undefined_destructure", "a", "undefined"],
    "let u; const { a } = u": ["undefined_destructure", "a", "u"],
    "let u = {}; const { a } = u.b": ["undefined_destructure", "a", "u.b"],
    "(function f({ a }) {})()": ["undefined_destructure", "a", "undefined"],
    "(({ a }) => a)(null)": ["undefined_destructure", "a", "object null"],
    "let u; const { ...rest } = u": ["undefined_destructure", undefined, "u"],
    "Object.keys(undefined)": ["undefined_object"],
    "Object.entries(null)": ["undefined_object"],
    "let u; delete u.x": ["undefined_object"],
    "Array.prototype.map.call(null)": ["undefined_object", "map", "Array.prototype"],
    "let u; [...u]": ["not_iterable", "u", "u"],
    "let u = {}; for (const x of u) {}": ["not_iterable", "u", "u"],
    "let a = {}; for (const x of a.b) {}": ["not_iterable", "b", "a.b"],
    "const [a] = null": ["not_iterable", undefined, "null"],
    "let u = {}; const [a] = u.b": ["not_iterable", undefined, "undefined"],
    "[...{}]": ["not_iterable", undefined, "{}"],
    "let a = {}; Math.max(...a.b)": ["not_iterable", "b", "a.b"],
    "let a = {b: 1}; Math.max(...a.b)": ["not_iterable"],
    "new Map(5)": ["not_iterable", undefined, "number 5"],
    "new Map([1])": ["not_iterable"],
    "Object.fromEntries()": ["not_iterable", undefined, "undefined"],
    "await Promise.all(5)": ["not_iterable", undefined, "number 5"],
    "const [a] = await 5": ["not_iterable", undefined, "(intermediate value)"],
    "for await (const x of {}) {}": ["not_iterable", undefined, "{}"],
    "let a = {}; a.getFoo()": ["not_a_function", "getFoo", "a.getFoo"],
    "let a = {b: {}}; a.b.c()": ["not_a_function", "c", "a.b.c"],
    "let a = 1; a()": ["not_a_function", "a", "a"],
    "let a = {}; a['b-c']()": ["not_a_function", undefined, "a.b-c"],
    "let a = []; a[0]()": ["not_a_function", undefined, "a[0]"],
    "const o = { run() { this.x() } }; o.run()": ["not_a_function", "x", "this.x"],
    "[].map(3)": ["not_a_function", undefined, "number 3"],
    "[1].forEach(undefined)": ["not_a_function", undefined, "undefined"],
    "Promise.resolve([1]).map(String)": ["not_a_function", "map", "Promise.resolve(...).map"],
    "new Promise()": ["not_a_function", undefined, "undefined"],
    "let a = {}; new a.B()": ["not_a_constructor", "B", "a.B"],
    "new (() => 1)()": ["not_a_constructor", undefined, "(intermediate value)"],
    "class B extends undefined {}": ["not_a_constructor", undefined, "undefined"],
    "class A {}; A()": ["class_without_new", "A"],
    "const x = 1; x = 2": ["const_assignment"],
    "const x = 1; x++": ["const_assignment"],
    "'use strict'; Object.freeze({ a: 1 }).a = 2": ["read_only", "a", "#<Object>"],
    "'use strict'; Object.freeze([]).push(1)": ["read_only", "0"],
    "'use strict'; Object.freeze({}).b = 1": ["read_only", "b"],
    "'use strict'; delete Object.freeze({ a: 1 }).a": ["read_only", "a", "#<Object>"],
    "'use strict'; ({ get a() { return 1 } }).a = 2": ["read_only", "a", "#<Object>"],
    "'use strict'; 'abc'.x = 1": ["read_only", "x", "abc"],
    "Object.defineProperty(Object.freeze({}), 'a', { value: 1 })": ["read_only", "a"],
    missing: ["not_defined", "missing"],
    "primordials.x": ["not_defined", "primordials"],
    "'use strict'; undeclared = 1": ["not_defined", "undeclared"],
    "x; let x = 1": ["used_too_early", "x"],
    "new A(); class A {}": ["used_too_early", "A"],
    "class B extends Object { constructor() {} }; new B()": ["missing_super"],
    "const f = () => f(); f()": ["endless_recursion"],
    "new Array(-1)": ["bad_length"],
    "const a = []; a.length = -1": ["bad_length"],
    "'a'.repeat(-1)": ["bad_length", undefined, "-1"],
    "'a'.repeat(2 ** 30)": ["bad_length"],
    "new Uint8Array(-1)": ["bad_length", undefined, "-1"],
    "new ArrayBuffer(-1)": ["bad_length"],
    "new Date(NaN).toISOString()": ["bad_time"],
    "new Intl.DateTimeFormat().format(NaN)": ["bad_time"],
    "(1).toFixed(200)": ["out_of_range"],
    "1n / 0n": ["out_of_range"],
    "[].reduce((a) => a)": ["empty_reduce"],
    "[].reduceRight((a) => a)": ["empty_reduce"],
    "JSON.parse('')": ["bad_json"],
    "JSON.parse('{')": ["bad_json"],
    "JSON.parse('<html>')": ["bad_json"],
    "JSON.parse('{\"a\":1,}')": ["bad_json"],
    "JSON.parse('{}{}')": ["bad_json"],
    "JSON.parse('\\ufeff{}')": ["bad_json"],
    "JSON.parse(undefined)": ["bad_json"],
    "await new Response('<html>').json()": ["bad_json"],
    "const a = {}; a.b = { c: a }; JSON.stringify(a)": ["circular", "c"],
    "const a = []; a[0] = a; JSON.stringify(a)": ["circular"],
    "JSON.stringify({ a: 1n })": ["bigint_json"],
    "1n + 1": ["bigint_mix"],
    "Math.max(1n)": ["bigint_mix"],
    "BigInt(1.5)": ["bad_number", undefined, "1.5"],
    "BigInt('x')": ["bad_number", undefined, "x"],
    "structuredClone(() => 1)": ["not_serialisable", undefined, "() => 1"],
    "new RegExp('(')": ["bad_pattern", undefined, "/(/"],
    "new RegExp('a', 'zz')": ["bad_pattern", "zz"],
    "new Function('let let = ;')": ["bad_syntax"],
    "decodeURIComponent('%')": ["bad_uri"],
    "'a' in 'b'": ["wrong_type", "a", "b"],
    "`${Symbol()}`": ["wrong_type"],
    "class P { #x; static t(o) { return o.#x } }; P.t({})": ["wrong_type", "#x"],
    "throw 'a text'": ["unknown"],
    "throw new Error('m')": ["unknown"]
  }
  it.each(Object.entries(cases))("%s", async (source, expected) => {
    expect(read(await running(source))).toEqual(expected)
  })
})

describe("Node", () => {
  let folder = ""
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kintsugi-signature-"))
    writeFileSync(join(folder, "file"), "")
    symlinkSync("loop", join(folder, "loop"))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const at = (name: string): string => join(folder, name)
  const wrong = (value?: unknown) => value as never
  const refused = () => new Promise((_, reject) => connect({ port: 1, host: "127.0.0.1" }).on("error", reject))

  const cases: ReadonlyArray<readonly [string, Failure["errorClass"], () => unknown, Expected]> = [
    ["a file that is not there", "not_found", () => readFile(at("no")), ["missing_file", undefined, "no"]],
    [
      "a folder that is not there",
      "not_found",
      () => promisify(writeFile)(at("a/b"), ""),
      ["missing_file", undefined, "a/b"]
    ],
    ["a file for a folder", "not_found", () => readdir(at("file")), ["missing_file", undefined, "file"]],
    ["a folder for a file", "execution_error", () => readFile(folder), ["wrong_file"]],
    ["what is there already", "execution_error", () => mkdir(at("file")), ["wrong_file", undefined, "file"]],
    ["a folder that is not empty", "execution_error", () => rmdirSync(folder), ["wrong_file", undefined, ""]],
    ["a folder removed as a file", "execution_error", () => rmSync(folder), ["wrong_file", undefined, ""]],
    ["links in a circle", "execution_error", () => readFile(at("loop")), ["wrong_file", undefined, "loop"]],
    [
      "a program that is not there",
      "missing_dependency",
      () => promisify(execFile)("no-such-program"),
      ["missing_program", "no-such-program"]
    ],
    [
      "one that is waited for",
      "missing_dependency",
      () => execFileSync("no-such-program"),
      ["missing_program", "no-such-program"]
    ],
    [
      "too much output",
      "execution_error",
      () => promisify(execFile)("head", ["-c", "9999", "/dev/zero"], { maxBuffer: 10 }),
      ["exhausted"]
    ],
    [
      "too much that is waited for",
      "execution_error",
      () => execFileSync("head", ["-c", "9999", "/dev/zero"], { maxBuffer: 10 }),
      ["exhausted"]
    ],
    ["no callback", "invalid_arguments", () => writeFile(wrong(at("x")), "", wrong()), ["invalid_callback", "cb"]],
    ["no timer's callback", "invalid_arguments", () => setTimeout(wrong("x")), ["invalid_callback", "callback"]],
    ["no listener", "invalid_arguments", () => new EventEmitter().on("x", wrong()), ["invalid_callback", "listener"]],
    ["no path", "invalid_arguments", () => readFileSync(wrong()), ["wrong_value", "path"]],
    ["no path to join", "invalid_arguments", () => join(wrong()), ["wrong_value", "path"]],
    ["an object for a text", "invalid_arguments", () => writeFileSync(at("x"), wrong({})), ["wrong_value", "data"]],
    ["nothing to hash", "invalid_arguments", () => createHash("md5").update(wrong()), ["wrong_value", "data"]],
    ["a path with a zero", "invalid_arguments", () => readFileSync("a\0b"), ["wrong_value", "path"]],
    ["no address", "invalid_arguments", () => new URL("nonsense"), ["wrong_value"]],
    ["an address that is no file", "invalid_arguments", () => fileURLToPath("http://x"), ["wrong_value"]],
    ["no address to fetch", "invalid_arguments", () => fetch("nonsense"), ["wrong_value"]],
    ["a size beyond reason", "invalid_arguments", () => Buffer.alloc(-1), ["wrong_value", "size"]],
    ["no such port", "invalid_arguments", () => connect(99_999), ["wrong_value"]],
    [
      "no such encoding",
      "invalid_arguments",
      () => Buffer.from("a", wrong("klingon")),
      ["unknown_encoding", "klingon"]
    ],
    [
      "no such encoding of a file",
      "invalid_arguments",
      () => readFileSync(at("file"), wrong("klingon")),
      ["unknown_encoding", "klingon"]
    ],
    ["no such decoder", "invalid_arguments", () => new TextDecoder("klingon"), ["unknown_encoding", "klingon"]],
    [
      "bytes that are no text",
      "execution_error",
      () => new TextDecoder("utf8", { fatal: true }).decode(new Uint8Array([255])),
      ["undecodable", "utf-8"]
    ],
    ["a body read twice", "execution_error", () => readTwice(), ["body_used"]],
    ["nobody there", "network_timeout", refused, ["network"]],
    ["nobody to fetch from", "network_timeout", () => fetch("http://127.0.0.1:1/"), ["network"]],
    ["no such host", "network_timeout", () => lookup("nowhere.invalid"), ["network"]],
    [
      "too late",
      "network_timeout",
      () => AbortSignal.abort(new DOMException("late", "TimeoutError")).throwIfAborted(),
      ["timed_out"]
    ],
    ["stopped", "cancelled", () => AbortSignal.abort().throwIfAborted(), ["cancelled"]],
    [
      "a stopped request",
      "cancelled",
      () => fetch("http://127.0.0.1:1/", { signal: AbortSignal.abort() }),
      ["cancelled"]
    ],
    ["a stopped command", "cancelled", () => promisify(exec)("true", { signal: AbortSignal.abort() }), ["cancelled"]]
  ]
  const readTwice = async () => {
    const response = new Response("x")
    await response.text()
    await response.text()
  }

  it.each(cases)("%s", async (_, errorClass, run, [kind, property, subject]) => {
    const failure = diagnose(await thrownBy(run))
    expect(failure).toMatchObject({ kind, errorClass, said: expect.stringMatching(/./) })
    expect(failure.property).toBe(property)
    if (subject !== undefined) expect(failure.subject).toBe(subject === "" ? folder : at(subject))
    expect(isHopeless(kind)).toBe(false)
  })
})
