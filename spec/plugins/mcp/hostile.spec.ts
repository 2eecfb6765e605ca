/** What servers send to harm whoever reads it: schemas without end, data without bottom, images that are none. */
import { describe, expect, it } from "vitest"
import { answerOf, resourceAnswer } from "../../../plugins/mcp/answer.ts"
import { inTime, TooLong } from "../../../plugins/mcp/in-time.ts"
import { inputChecker, outputChecker } from "../../../plugins/mcp/schema.ts"
import { sizeOf } from "../../../plugins/mcp/size.ts"
import { context, gateway, inMemory, promptOf } from "./in-memory.ts"

const forty = `${"a".repeat(40)}!`
const backtracking = "^(a+)+$"

/** Each definition refers twice to the next: 2^40 ways. */
const doubling = {
  type: "object",
  $defs: {
    ...Object.fromEntries(
      Array.from({ length: 40 }, (_, nth) => {
        const next = { $ref: `#/$defs/d${nth + 1}` }
        return [`d${nth}`, { allOf: [next, next] }]
      })
    ),
    d40: { type: "object" }
  },
  allOf: [{ $ref: "#/$defs/d0" }]
}

describe("a schema that takes for ever", () => {
  const pattern = { type: "object", properties: { text: { type: "string", pattern: backtracking } } }
  const cases = [
    ["a pattern", inputChecker, pattern, { text: forty }],
    ["patterns of names", outputChecker, { type: "object", patternProperties: { [backtracking]: {} } }, { [forty]: 1 }],
    ["references", inputChecker, doubling, {}]
  ] as const
  it.each(cases)("is given up, and told once: %s", async (_, checker, schema, value) => {
    const told: Array<string> = []
    const { problems } = checker(schema, (reason) => told.push(reason))
    expect(await problems(value)).toBeUndefined()
    expect(await problems(value)).toBeUndefined()
    expect(told).toEqual(["it takes longer than 250 ms"])
  })

  it("checks as ever while it is quick", async () => {
    const { problems } = inputChecker(pattern, () => {})
    expect(await problems({ text: "aaa" })).toBeUndefined()
    expect(await problems({ text: "b" })).toContain("must match pattern")
  })
})

describe("work in time", () => {
  it("gives what it gives, and throws what it throws", () => {
    const thrown = new RangeError("mine")
    expect(inTime(() => inTime(() => 1) + 1)).toBe(2)
    expect(() =>
      inTime(() => {
        throw thrown
      })
    ).toThrow(thrown)
    expect(() =>
      inTime(() => {
        for (;;);
      }, 5)
    ).toThrow(TooLong)
    expect(inTime(() => "after")).toBe("after")
  })
})

describe("an answer", () => {
  const image = (data: string, mimeType = "image/png") => ({ type: "image" as const, mimeType, data })
  const png = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(3_000_000)]).toString("base64")

  it("names structured content that is nested too deeply", async () => {
    const deep: object = JSON.parse(`${'{"a":'.repeat(60_000)}{}${"}".repeat(60_000)}`)
    const answer = await answerOf({ content: [], structuredContent: { ...deep } }, undefined)
    expect(answer).toEqual({
      success: true,
      data: "[structured content is left out: it is nested more than 100 deep]"
    })
  })

  it("shows only images that are some, by what they are", async () => {
    const { images, data } = await answerOf(
      { content: [image(Buffer.from("no image").toString("base64")), image(png.slice(0, 400), "image/jpeg")] },
      undefined
    )
    expect(images?.map(({ mime }) => mime)).toEqual(["image/png"])
    expect(data).toContain("[image, image/png, 9 bytes: not shown")
  })

  it("shows no more images than a request to a model holds", async () => {
    const { images, data } = await answerOf({ content: Array.from({ length: 5 }, () => image(png)) }, undefined)
    expect(images).toHaveLength(2)
    expect(data).toContain("[3 more images are left out]")
    const contents = Array.from({ length: 5 }, () => ({ uri: "x:", mimeType: "image/png", blob: png }))
    expect(resourceAnswer({ contents }).images).toHaveLength(2)
  })
})

it("tells the size of a value without recursion", () => {
  const most = { characters: 100, depth: 3 }
  expect(sizeOf({ a: [["x"]] }, most)).toHaveProperty("characters")
  expect(sizeOf({ a: [[["x"]]] }, most)).toEqual({ reason: "it is nested more than 3 deep" })
  expect(sizeOf({ a: "x".repeat(100) }, most)).toEqual({ reason: "it is longer than 100 characters" })
  expect(sizeOf({ ["k".repeat(100)]: "x" }, most)).toEqual({ reason: "it is longer than 100 characters" })
  expect(sizeOf(undefined, most)).toHaveProperty("characters")
})

it("says no prompt that is longer than a message may be", async () => {
  const servers = inMemory([{ name: "evil", prompts: [promptOf("p".repeat(200_001))] }])
  const command = gateway(servers)
    .live?.commands?.()
    .find(({ name }) => name.startsWith("mcp__evil"))
  expect(await command?.run("", context)).toEqual({
    show: "The server gave a prompt of 200004 characters, more than 200000; nothing was sent."
  })
})
