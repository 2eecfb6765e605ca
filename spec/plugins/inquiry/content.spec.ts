/** What users give for fields is read leniently, and never more than the fields allow. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Field, FieldValue } from "../../../plugins/inquiry.ts"
import { defaultsOf, readContent, readValue } from "../../../plugins/inquiry/content.ts"
import { matches } from "../../../plugins/inquiry/pattern.ts"
import { addressParts, expected, shownValue, warningOf } from "../../../plugins/inquiry/words.ts"

const bare = { name: "f", required: false }
const text: Field = { ...bare, type: "text" }
const options = [{ value: "r", title: "Red" }, { value: "g", title: "Green, deep" }, { value: "7" }]
const choice: Field = { name: "f", type: "choice", required: false, options }
const choices: Field = { name: "f", type: "choices", required: false, options, minItems: 1, maxItems: 2 }

const fields: fc.Arbitrary<Field> = fc
  .tuple(fc.boolean(), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 3, max: 9 }))
  .chain(([required, low, high]) => {
    const common = { name: "f", required }
    return fc.constantFrom<Field>(
      { ...common, type: "text", minLength: low, maxLength: high },
      { ...common, type: "text", format: "date" },
      { ...common, type: "text", format: "email" },
      { ...common, type: "number", minimum: low, maximum: high },
      { ...common, type: "integer", minimum: low },
      { ...common, type: "boolean" },
      { ...common, type: "choice", options },
      { ...common, type: "choices", options, maxItems: Math.max(1, low) }
    )
  })

const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom("", " ", "yes", "3", "4.5", "r", "Red", "r, g", "2026-02-28", "a@b", "-1", "1e400", "NaN"),
  fc.string(),
  fc.double(),
  fc.array(fc.constantFrom("r", "g", "7", "x")),
  fc.anything()
)

/** The promise of each type, said once more and otherwise. */
const keeps = (field: Field, value: FieldValue): boolean => {
  switch (field.type) {
    case "text":
      return typeof value === "string" && Array.from(value).length <= (field.maxLength ?? 10_000)
    case "number":
    case "integer":
      return (
        typeof value === "number" &&
        value >= (field.minimum ?? -Infinity) &&
        value <= (field.maximum ?? Infinity) &&
        (field.type === "number" ? Number.isFinite(value) : Number.isSafeInteger(value))
      )
    case "boolean":
      return typeof value === "boolean"
    case "choice":
      return field.options.some((option) => option.value === value)
    case "choices":
      return (
        Array.isArray(value) &&
        value.length > 0 &&
        value.length <= (field.maxItems ?? 99) &&
        new Set(value).size === value.length &&
        value.every((one) => field.options.some((option) => option.value === one))
      )
  }
}

describe("values for fields", () => {
  it("fit their field, or are told to be wrong, whatever is given", () => {
    fc.assert(
      fc.property(fields, anything, (field, given) => {
        const read = readValue(field, given)
        if ("problem" in read) {
          expect(read.problem).toMatch(/^(is|must|may|needs) /)
        } else if (read.value === undefined) {
          expect(field.required).toBe(false)
        } else {
          expect(keeps(field, read.value)).toBe(true)
          // What was read is read the same again.
          expect(readValue(field, read.value)).toEqual(read)
        }
      }),
      { numRuns: 500 }
    )
  })

  it.each<[string, Field, unknown, unknown]>([
    ["a number", { ...bare, type: "number" }, " 4.5 ", 4.5],
    ["no number", { ...bare, type: "number" }, "4,5", "must be a number"],
    ["an infinite number", { ...bare, type: "number" }, "1e999", "must be a number"],
    ["a whole number", { ...bare, type: "integer" }, "4.5", "must be a whole number"],
    ["one too large", { ...bare, type: "integer" }, 2 ** 60, "must be a whole number"],
    ["a range", { ...bare, type: "integer", minimum: 1, maximum: 5 }, 6, "must be a whole number from 1 to 5"],
    ["yes", { ...bare, type: "boolean" }, "Yes", true],
    ["no", { ...bare, type: "boolean" }, "off", false],
    ["maybe", { ...bare, type: "boolean" }, "maybe", "must be yes or no"],
    ["an option by its title", choice, "red", "r"],
    ["no option", choice, "blue", "must be one of Red, Green, deep, 7"],
    ["options in their order, each once", choices, "7, red, r", ["r", "7"]],
    ["a title with a comma", choices, "Green, deep", ["g"]],
    ["too many", choices, ["r", "g", "7"], "may be at most 2 of them"],
    ["one that there is not", choices, ["r", "x"], "must be some of Red, Green, deep, 7"],
    ["an email", { ...bare, type: "text", format: "email" }, " a@b.example ", "a@b.example"],
    ["no email", { ...bare, type: "text", format: "email" }, "a@b@c", "must be an email address"],
    ["no day", { ...bare, type: "text", format: "date" }, "2026-02-30", "must be a date, as in 2026-01-31"],
    [
      "a time",
      { ...bare, type: "text", format: "date-time" },
      "2026-02-28T23:59:59+01:00",
      "2026-02-28T23:59:59+01:00"
    ],
    [
      "no hour",
      { ...bare, type: "text", format: "date-time" },
      "2026-02-28T24:00:00Z",
      "must be a time, as in 2026-01-31T12:00:00Z"
    ],
    ["no address", { ...bare, type: "text", format: "uri" }, "here", "must be an address, as in https://example.org/"],
    ["a pattern", { ...bare, type: "text", pattern: "^[a-z]{2}$" }, "abc", "must match ^[a-z]{2}$"],
    ["graphemes beyond 16 bits as one", { ...bare, type: "text", maxLength: 2 }, "𝒳𝒴", "𝒳𝒴"],
    ["too long a text", { ...bare, type: "text" }, "x".repeat(10_001), "must have at most 10000 characters"],
    ["blanks", { ...bare, type: "text", required: true }, "  ", "is required"]
  ])("%s", (_, field, given, result) => {
    const read = readValue(field, given)
    expect("problem" in read ? read.problem : read.value).toEqual(result)
  })

  it("are all told of at once, and come without those that have no field", () => {
    const two: ReadonlyArray<Field> = [
      { name: "__proto__", type: "integer", required: true },
      { name: "b", type: "boolean", required: false, default: true }
    ]
    expect(readContent({ fields: two }, JSON.parse('{"__proto__": "x", "b": 7}'))).toEqual({
      problems: [
        { field: "__proto__", problem: "must be a whole number" },
        { field: "b", problem: "must be yes or no" }
      ]
    })
    const read = readContent({ fields: two }, JSON.parse('{"__proto__": 3, "c": 1}'))
    expect(JSON.stringify(read)).toBe('{"content":{"__proto__":3}}')
    // What every object has is nothing that somebody gave.
    const inherited = { fields: ["constructor", "toString"].map((name): Field => ({ ...bare, name, type: "text" })) }
    expect(readContent(inherited, {})).toEqual({ content: {} })
    for (const given of [null, "x", 3, []]) expect(readContent({ fields: two }, given)).toHaveProperty("problems")
  })

  it("are the defaults where nothing was given", () => {
    const fields: ReadonlyArray<Field> = [text, { name: "n", type: "integer", required: true, default: 3 }]
    expect(defaultsOf({ fields })).toEqual({ n: 3 })
    expect(readContent({ fields })).toEqual({ content: { n: 3 } })
    expect(readContent({ fields }, { n: "" })).toHaveProperty("problems")
    expect(readContent({})).toEqual({ content: {} })
  })
})

describe("patterns of strangers", () => {
  it("are not tried where that could take long, and hurt nobody when they are none", () => {
    const long = "a".repeat(5000)
    for (const pattern of ["^(a+)+$", "(a|a)*b", "(?=a)a", "(a)\\1", "a*a*a*a*b", "(a{1,9}){1,9}", "["])
      expect(matches(pattern, long)).toBeUndefined()
    expect(matches("^[+*(]{3}$", "+*(")).toBe(true)
    expect(matches("^\\d{4}-\\w+$", "2026-x")).toBe(true)
    expect(matches("^(ab|cd)$", "ef")).toBe(false)
  })

  it("take a bounded time on anything", () => {
    const part = fc.constantFrom(
      "a",
      "b",
      "(",
      ")",
      "[",
      "]",
      "*",
      "+",
      "?",
      "{2}",
      "{1,}",
      "|",
      "^",
      "$",
      "\\",
      ".",
      "\\d",
      "(?:"
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), fc.integer({ min: 0, max: 3000 }), (pattern, length) => {
        const result = matches(pattern.join(""), `${"a".repeat(length)}!`)
        expect([true, false, undefined]).toContain(result)
      }),
      { numRuns: 50 }
    )
  })
})

describe("words beside an inquiry", () => {
  it("say whose eyes it is for, and warn where a secret seems to be asked for", () => {
    const inquiry = { from: "server x", message: "Please", fields: [text] }
    expect(warningOf(inquiry)).toBe("What you answer goes to server x.")
    expect(warningOf({ ...inquiry, message: "Your API key, please" })).toContain("give no passwords")
    expect(warningOf({ ...inquiry, fields: [{ ...text, title: "PIN" }] })).toContain("give no passwords")
  })

  it("take an address apart at its host", () => {
    expect(addressParts("https://s/s?s")).toEqual(["https://", "s", "/s?s"])
    expect(addressParts("http://a.example.evil:81/#a")).toEqual(["http://", "a.example.evil:81", "/#a"])
  })

  it("say what may stand in a field, and what stands there", () => {
    expect(expected({ ...bare, type: "text", minLength: 2, maxLength: 5, format: "email" })).toBe(
      "an email address, 2 to 5 characters"
    )
    expect(expected({ ...bare, type: "integer", minimum: 1 })).toBe("a whole number, at least 1")
    expect(expected(choices)).toBe("1 to 2")
    expect(shownValue(choices, ["r", "7"])).toBe("Red, 7")
    expect(shownValue({ ...bare, type: "boolean" }, false)).toBe("no")
  })
})
