/** What an editor sends as a prompt, and what tools ask of its user. */
import { expect, test } from "vitest"
import { definePlugin } from "../../../plugins/plugin.ts"
import { defineTool } from "../../../plugins/tool.ts"
import type { Inquiry } from "../../../plugins/inquiry.ts"
import { type EditorOptions, makeEditors } from "./editor.ts"

const editors = makeEditors()

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

test("hears texts, images, mentioned files and embedded ones", async () => {
  const editor = await editors.open({ rules: [{ when: "[^]", turns: [{ text: "{{message}}" }] }] })
  const sessionId = await editor.open()
  await editor.agent.request("session/prompt", {
    sessionId,
    prompt: [
      { type: "text", text: "look" },
      { type: "resource_link", uri: "file:///tmp/my%20file.ts#L3", name: "my file.ts" },
      { type: "resource", resource: { uri: "file:///tmp/b.ts", text: "a ``` fence" } },
      { type: "resource", resource: { uri: "file:///tmp/c.bin", blob: "AAEC", mimeType: "application/octet-stream" } },
      { type: "image", data: png, mimeType: "image/png" }
    ]
  })
  const words = editor.words()
  expect(words).toContain("look\n[Mentioned by the user: /tmp/my file.ts#L3]")
  expect(words).toContain("[From the user: /tmp/b.ts]\n````\na ``` fence\n````")
  expect(words).toMatch(/\[File from the user: \S+c\.bin \(3 bytes\)\]/)
  const [runtime] = editor.acp.places.runtimes()
  const rows = [...(runtime?.journal.read(sessionId) ?? [])].map(({ event }) => event)
  expect(rows.find(({ type }) => type === "user.message")).toMatchObject({
    content: [{ type: "text" }, { type: "image", mime: "image/png" }]
  })
})

test("says before it asks a model that cannot see that the picture is not seen", async () => {
  const blindness: EditorOptions["blindness"] = ({ model }, content) =>
    content.some(({ type }) => type === "image") ? [`${model} cannot see`] : []
  const editor = await editors.open({ rules: [{ when: ".", turns: [{ text: "seen" }] }] }, { blindness })
  const sessionId = await editor.open()
  await editor.say(sessionId, "look")
  expect(editor.words()).toBe("seen")
  const prompt = [
    { type: "text" as const, text: "look" },
    { type: "image" as const, data: png, mimeType: "image/png" }
  ]
  await editor.agent.request("session/prompt", { sessionId, prompt })
  expect(editor.words()).toMatch(/^seen\[\S+ cannot see\]\nseen$/)
})

test.each([
  [[]],
  [[{ type: "audio" as const, data: "AA==", mimeType: "audio/wav" }]],
  [[{ type: "text" as const, text: "" }]]
])("refuses a prompt of %j", async (prompt) => {
  const editor = await editors.open({ rules: [{ when: ".", turns: [{ text: "x" }] }] })
  const sessionId = await editor.open()
  await expect(editor.agent.request("session/prompt", { sessionId, prompt })).rejects.toMatchObject({ code: -32_602 })
})

/** A tool that asks, and tells what it was answered. */
const asking = (inquiry: Inquiry): Pick<EditorOptions, "runtime"> => ({
  runtime: {
    plugins: [
      definePlugin({
        name: "asking",
        tools: [
          defineTool({
            name: "ask_it",
            description: "Asks.",
            risk: "read",
            input: { type: "object" },
            execute: async (_, { ask }) => JSON.stringify(await ask(inquiry))
          })
        ]
      })
    ]
  }
})

const answered = async (inquiry: Inquiry, options: EditorOptions): Promise<string> => {
  const editor = await editors.open(
    { rules: [{ when: ".", turns: [{ calls: [{ tool: "ask_it" }] }, { text: "done" }] }] },
    { ...asking(inquiry), ...options }
  )
  await editor.say(await editor.open(), "ask")
  return JSON.stringify(editor.updates("tool_call_update").at(-1)?.content)
    .replaceAll('\\\\"', "'")
    .replaceAll('\\"', "'")
}

const choice: Inquiry = {
  from: "MCP server paint",
  message: "Which colour?",
  fields: [{ name: "colour", type: "choice", required: true, options: [{ value: "r", title: "Red" }, { value: "g" }] }]
}

test("asks with a form where the editor shows forms, and again when a value does not fit", async () => {
  const forms: Array<unknown> = []
  const inquiry: Inquiry = {
    ...choice,
    fields: [...(choice.fields ?? []), { name: "size", type: "integer", required: true, minimum: 1 }]
  }
  const said = await answered(inquiry, {
    capabilities: { elicitation: { form: {} } },
    elicit: (request) => {
      forms.push(request)
      return { action: "accept", content: { colour: "r", size: forms.length === 1 ? 0 : 3 } }
    }
  })
  expect(said).toContain("'action':'accept','content':{'colour':'r','size':3}")
  expect(forms).toHaveLength(2)
  expect(forms[0]).toMatchObject({
    mode: "form",
    message: expect.stringContaining("MCP server paint: Which colour?"),
    requestedSchema: {
      properties: {
        colour: {
          type: "string",
          oneOf: [
            { const: "r", title: "Red" },
            { const: "g", title: "g" }
          ]
        },
        size: { type: "integer", minimum: 1 }
      },
      required: ["colour", "size"]
    }
  })
  expect(forms[1]).toMatchObject({ message: expect.stringContaining("correct") })
})

test.each([
  ["a choice", choice, "value-1", "'action':'accept','content':{'colour':'g'}"],
  ["no answer", choice, "no", "'action':'decline'"],
  ["yes", { from: "x", message: "Sure?" }, "value-0", "'action':'accept'"],
  ["an address", { from: "x", message: "Log in", url: "https://example.com/" }, "value-0", "'action':'accept'"]
])("asks with a few options where it shows none: %s", async (_, inquiry, option, told) => {
  expect(await answered(inquiry, { permit: () => option })).toContain(told)
})

test("asks for the one value that is needed, and takes the others as they are", async () => {
  const shade = { name: "shade", type: "integer", required: false, default: 3 } as const
  const inquiry: Inquiry = { ...choice, fields: [shade, ...(choice.fields ?? [])] }
  const said = await answered(inquiry, { permit: () => "value-0" })
  expect(said).toMatch(/'action':'accept'.*'shade':3/)
})

test("declines what takes a form where there is none", async () => {
  const inquiry: Inquiry = { from: "x", message: "Name?", fields: [{ name: "n", type: "text", required: true }] }
  expect(await answered(inquiry, { permit: () => "value-0" })).toContain("'action':'decline'")
})
