/** What a tool asks is checked before anybody is asked. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { readValue } from "../../../plugins/inquiry/content.ts"
import { limits, readInquiry } from "../../../plugins/inquiry/read.ts"

const whole = { from: "x", message: "y" }
const field = { name: "a", type: "text", required: true }
const problemOf = (given: unknown): string => {
  const read = readInquiry(given)
  return "problem" in read ? read.problem : "none"
}

it("takes what it can show, without what it does not know", () => {
  const fields = [
    { ...field, title: "A", pattern: "^x", format: "hostname", minLength: 1, secret: true },
    { name: "b", type: "choices", options: [{ value: "1", title: "One", x: 1 }], default: ["1"], required: "yes" }
  ]
  expect(readInquiry({ ...whole, fields, url: "https://exämple.org/a b", z: 1 })).toEqual({
    inquiry: {
      ...whole,
      url: "https://xn--exmple-cua.org/a%20b",
      fields: [
        { name: "a", title: "A", required: true, type: "text", pattern: "^x", minLength: 1 },
        { name: "b", required: false, type: "choices", options: [{ value: "1", title: "One" }], default: ["1"] }
      ]
    }
  })
})

it.each<[string, unknown, RegExp]>([
  ["nothing", undefined, /^the inquiry must be an object/],
  ["no message", { from: "x" }, /^message must be a text/],
  ["a long message", { ...whole, message: "x".repeat(limits.message + 1) }, /^message .* 10000/],
  [
    "too many fields",
    { ...whole, fields: Array.from({ length: 51 }, () => field) },
    /^fields must be a list of at most 50/
  ],
  ["two of one name", { ...whole, fields: [field, field] }, /^fields must differ by their name/],
  ["an unknown type", { ...whole, fields: [{ ...field, type: "password" }] }, /^fields\[0\].type must be text/],
  ["no options", { ...whole, fields: [{ ...field, type: "choice", options: [] }] }, /options must not be empty/],
  [
    "equal options",
    { ...whole, fields: [{ ...field, type: "choice", options: [{ value: "a" }, { value: "a" }] }] },
    /must differ/
  ],
  [
    "a range without room",
    { ...whole, fields: [{ ...field, type: "number", minimum: 2, maximum: 1 }] },
    /minimum must not be above/
  ],
  ["a length that is none", { ...whole, fields: [{ ...field, maxLength: -1 }] }, /maxLength must be a number/],
  ["a script for an address", { ...whole, url: "javascript:alert(1)" }, /^url must begin with/],
  ["a file for an address", { ...whole, url: "file:///etc/passwd" }, /^url must begin with/],
  ["a name before the host", { ...whole, url: "https://bank.example@evil.example/" }, /^url must not hold a user name/]
])("refuses %s, and says where", (_, given, problem) => {
  expect(problemOf(given)).toMatch(problem)
})

it("leaves out a default that does not fit", () => {
  const read = readInquiry({ ...whole, fields: [{ ...field, type: "integer", maximum: 3, default: 4 }] })
  expect(read).toMatchObject({ inquiry: { fields: [{ name: "a", maximum: 3 }] } })
  expect(JSON.stringify(read)).not.toContain("default")
})

it("never throws, and what it gives can be asked", () => {
  const some = fc.record(
    {
      from: fc.string(),
      message: fc.oneof(fc.string(), fc.anything()),
      url: fc.oneof(fc.webUrl(), fc.string()),
      fields: fc.array(
        fc.record(
          {
            name: fc.string(),
            type: fc.constantFrom("text", "number", "integer", "boolean", "choice", "choices", "x"),
            required: fc.anything(),
            options: fc.oneof(fc.array(fc.record({ value: fc.string(), title: fc.string() })), fc.anything()),
            minimum: fc.oneof(fc.double(), fc.anything()),
            maxLength: fc.oneof(fc.nat(), fc.anything()),
            default: fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.anything())
          },
          { requiredKeys: ["name", "type"] }
        )
      )
    },
    { requiredKeys: [] }
  )
  fc.assert(
    fc.property(fc.oneof(some, fc.anything()), (given) => {
      const read = readInquiry(given)
      if ("problem" in read) {
        expect(read.problem).toMatch(/ must /)
        return
      }
      for (const one of read.inquiry.fields ?? [])
        if (one.default !== undefined) expect(readValue(one, one.default)).toEqual({ value: one.default })
      // Nothing in it is lost where it is written down.
      expect(Object.keys(JSON.parse(JSON.stringify(read.inquiry)))).toEqual(Object.keys(read.inquiry))
    })
  )
})
