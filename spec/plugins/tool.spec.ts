import { expect, it } from "vitest"
import * as z from "zod"
import { defineTool, type ToolContext, type ToolSpec } from "../../plugins/index.ts"

const spec = {
  name: "word_count",
  description: "Count the words in a text.",
  risk: "read",
  input: z.object({ text: z.string() }),
  execute: ({ text }: { text: string }) => String(text.split(/\s+/).length)
} satisfies ToolSpec<{ text: string }>

/** These tools ask nothing of their context. */
const context = {} as ToolContext

it("makes a tool whose input is checked before it runs", async () => {
  const tool = defineTool(spec)
  expect(tool.parameters).toEqual({ type: "object", properties: { text: { type: "string" } }, required: ["text"] })
  expect(await tool.decode({ text: "a b" })).toEqual({ input: { text: "a b" } })
  expect(await tool.decode({ text: 1 })).toEqual({ problems: expect.stringMatching(/^text: .*string/) })
  expect(await tool.execute({ text: "a b" }, context)).toEqual({ success: true, data: "2" })
})

it("passes an answer on as it is, and what the tool throws", async () => {
  const answer = { success: false, error: "no", errorClass: "not_found" as const }
  expect(await defineTool({ ...spec, execute: () => answer }).execute({}, context)).toBe(answer)
  const bug = new Error("a bug")
  const broken = defineTool({
    ...spec,
    execute: () => {
      throw bug
    }
  })
  await expect(broken.execute({}, context)).rejects.toBe(bug)
})

it.each([
  ["nothing", undefined, "undefined"],
  ["a number", 3, "3"],
  ["an object that does not say whether it went well", { data: "x" }, "an object without success"]
])("calls it a bug when a tool returns %s", async (_, value, named) => {
  const tool = defineTool({ ...spec, execute: () => value as unknown as string })
  await expect(tool.execute({}, context)).rejects.toThrow(
    `tool "word_count": execute must return a string or { success, … }, not ${named}`
  )
})

it("previews nothing when the tool does not", async () => {
  expect(await defineTool(spec).preview({ text: "" }, context)).toEqual({})
  expect(
    await defineTool({ ...spec, preview: ({ text }) => ({ summary: text }) }).preview({ text: "x" }, context)
  ).toEqual({ summary: "x" })
})

it("takes reading for harmless: it may be repeated and run beside others", () => {
  const pick = ({ idempotent, parallel, final }: ReturnType<typeof defineTool>) => ({ idempotent, parallel, final })
  expect(pick(defineTool(spec))).toEqual({ idempotent: true, parallel: true, final: false })
  expect(pick(defineTool({ ...spec, risk: "write" }))).toEqual({ idempotent: false, parallel: false, final: false })
  expect(pick(defineTool({ ...spec, risk: "write", idempotent: true }))).toMatchObject({ idempotent: true })
})

it.each([
  ["name", { name: "word count" }, "1 to 64 letters"],
  ["name", { name: "x".repeat(65) }, "1 to 64 letters"],
  ["name", { name: undefined }, "1 to 64 letters"],
  ["description", { description: " " }, "a text that the model reads"],
  ["risk", { risk: "some" }, "read, write, execute or network"],
  ["execute", { execute: "count" }, "a function"],
  ["input", { input: z.string() }, "a JSON Schema object"],
  ["input", { input: { type: "array" } }, "a JSON Schema object"],
  ["input", { input: undefined }, "a JSON Schema object"],
  ["input", { input: null }, "a JSON Schema object"],
  ["input", { input: z.object({ at: z.date() }) }, "Date cannot be represented"]
])("refuses at once, by its name, a tool whose %s is wrong: %j", (field, wrong, expected) => {
  const define = () => defineTool({ ...spec, ...wrong } as unknown as ToolSpec<unknown>)
  expect(define).toThrow(TypeError)
  expect(define).toThrow(`${field} must be`)
  expect(define).toThrow(expected)
  if (!("name" in wrong)) expect(define).toThrow('tool "word_count"')
})
