import type { CallToolResult } from "@modelcontextprotocol/client"
import { describe, expect, it } from "vitest"
import { answerOf, resourceAnswer } from "../../../plugins/mcp/answer.ts"
import { outputChecker } from "../../../plugins/mcp/schema.ts"

const sum = { type: "object", properties: { sum: { type: "number" } }, required: ["sum"] }
const told = (result: Partial<CallToolResult>, schema?: object) =>
  answerOf({ content: [], ...result }, schema === undefined ? undefined : outputChecker({ ...schema }, () => {}))
/** The beginning of one is enough to know it by. */
const png = "iVBORw0KGgoAAAAN"
const text = (text: string) => ({ type: "text" as const, text })

describe("the answer of an MCP tool", () => {
  it("is its text", async () => {
    expect(await told({ content: [text("one"), text("two")] })).toEqual({ success: true, data: "one\ntwo" })
    expect(await told({})).toEqual({ success: true, data: "(it gave nothing)" })
  })

  it("has structured content once, also when a text says it again", async () => {
    const structuredContent = { sum: 5, of: [2, 3] }
    expect(await told({ structuredContent })).toEqual({ success: true, data: structuredContent })
    expect(await told({ structuredContent, content: [text('{ "of": [2, 3], "sum": 5 }')] })).toEqual({
      success: true,
      data: structuredContent
    })
    expect(await told({ structuredContent, content: [text("five")] })).toEqual({
      success: true,
      data: { structured: structuredContent, text: "five" }
    })
    expect(await told({ structuredContent: { content: "hi" }, content: [text("hi")] })).toEqual({
      success: true,
      data: "hi"
    })
  })

  it("says when structured content does not fit what the server declares", async () => {
    expect(await told({ structuredContent: { sum: 1 } }, sum)).toEqual({ success: true, data: { sum: 1 } })
    const answer = await told({ structuredContent: { sum: "x" } }, sum)
    expect(answer).toMatchObject({ success: true, outcome: "degraded", data: { sum: "x" } })
    expect(answer.degraded?.[0]).toContain("sum must be number")
  })

  it("shows images that models can see, and names all else", async () => {
    const answer = await told({
      content: [
        { type: "image", mimeType: "image/png", data: png },
        { type: "image", mimeType: "image/tiff", data: "AAAA" },
        { type: "audio", mimeType: "audio/wav", data: "AAAAAAAA" },
        { type: "resource_link", uri: "demo://1", name: "one", mimeType: "text/plain" },
        { type: "resource", resource: { uri: "demo://2", mimeType: "text/plain", text: "two" } },
        { type: "resource", resource: { uri: "demo://3", blob: "AAAA" } }
      ]
    })
    expect(answer.images).toEqual([{ mime: "image/png", data: png }])
    expect(String(answer.data).split("\n")).toEqual([
      expect.stringMatching(/^\[image, image\/tiff, 3 bytes: not shown/),
      "[audio, audio/wav, 6 bytes: not played]",
      "[resource one: demo://1 (text/plain); mcp_read_resource reads it]",
      "[resource demo://2, text/plain]",
      "two",
      "[resource demo://3, unknown type, 3 bytes: not text]"
    ])
    expect(await told({ content: [{ type: "image", mimeType: "image/png", data: png }] })).toMatchObject({
      data: "(an image)"
    })
  })

  it("is a failure when the tool says so", async () => {
    const failed = { success: false, errorClass: "execution_error" }
    expect(await told({ isError: true, content: [text("no such path")] })).toEqual({ ...failed, error: "no such path" })
    expect((await told({ isError: true, content: [text("x".repeat(50_000))] })).error).toHaveLength(
      10_000 + "\n[… 40000 characters left out]".length
    )
    expect(await told({ isError: true })).toEqual({ ...failed, error: "the tool failed and did not say why" })
  })

  it("takes a result that is none for an empty one", async () => {
    const wrong = { content: undefined } as unknown as CallToolResult
    expect(await answerOf(wrong, undefined)).toMatchObject({ success: true, data: "(it gave nothing)" })
  })
})

it("reads a resource as text, image or name", () => {
  const image = { uri: "a://1", mimeType: "image/png", blob: png }
  expect(resourceAnswer({ contents: [image] })).toMatchObject({ images: [{ mime: "image/png", data: png }] })
  expect(resourceAnswer({ contents: [{ uri: "a://2", text: "x" }] }).data).toBe("[resource a://2, unknown type]\nx")
  expect(resourceAnswer({ contents: [] }).data).toBe("(it is empty)")
})
