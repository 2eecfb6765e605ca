/** The tools that the server scenarios of the conformance suite name, as far as a plugin of ours can bring them. */
import { definePlugin, defineTool } from "../../plugins/index.ts"

/** A red pixel. */
export const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="

const nothing = { type: "object", properties: {} } as const

export const conformancePlugin = definePlugin({
  name: "conformance",
  tools: [
    defineTool({
      name: "test_simple_text",
      description: "Give a simple text.",
      risk: "read",
      input: nothing,
      execute: () => "This is a simple text response for testing."
    }),
    defineTool({
      name: "test_image_content",
      description: "Give an image.",
      risk: "read",
      input: nothing,
      execute: () => ({ success: true, images: [{ mime: "image/png", data: png }] })
    }),
    defineTool({
      name: "test_error_handling",
      description: "Fail.",
      risk: "read",
      input: nothing,
      execute: () => ({ success: false, error: "This tool intentionally returns an error for testing" })
    }),
    defineTool({
      name: "test_tool_with_progress",
      description: "Tell its progress.",
      risk: "read",
      input: nothing,
      execute: (_, { progress }) => {
        for (const part of ["0 of 100", "50 of 100", "100 of 100"]) progress(part)
        return "Done."
      }
    }),
    defineTool({
      name: "test_elicitation",
      description: "Ask the user for a name and an address.",
      risk: "read",
      input: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
      execute: async (input, { ask }) => {
        const { message } = input as { readonly message: string } // as its schema says
        const reply = await ask({
          from: "the conformance suite",
          message,
          fields: [
            { name: "username", type: "text", required: true },
            { name: "email", type: "text", required: true }
          ]
        })
        return `User response: ${JSON.stringify(reply)}`
      }
    }),
    defineTool({
      name: "test_elicitation_sep1034_defaults",
      description: "Ask the user for values that have defaults.",
      risk: "read",
      input: nothing,
      execute: async (_, { ask }) => {
        const reply = await ask({
          from: "the conformance suite",
          message: "Please look at these values.",
          fields: [
            { name: "name", type: "text", required: false, default: "John Doe" },
            { name: "age", type: "integer", required: false, default: 30 },
            { name: "score", type: "number", required: false, default: 95.5 },
            {
              name: "status",
              type: "choice",
              required: false,
              options: [{ value: "active" }, { value: "inactive" }, { value: "pending" }],
              default: "active"
            },
            { name: "verified", type: "boolean", required: false, default: true }
          ]
        })
        return `Elicitation completed: ${JSON.stringify(reply)}`
      }
    }),
    defineTool({
      name: "json_schema_2020_12_tool",
      description: "Tool with JSON Schema 2020-12 features",
      risk: "read",
      input: {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        $defs: {
          address: {
            $anchor: "addressDef",
            type: "object",
            properties: { street: { type: "string" }, city: { type: "string" } }
          }
        },
        properties: {
          name: { type: "string" },
          address: { $ref: "#/$defs/address" },
          contactMethod: { type: "string", enum: ["phone", "email"] },
          phone: { type: "string" },
          email: { type: "string" }
        },
        allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
        if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
        // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
        then: { required: ["phone"] },
        else: { required: ["email"] },
        additionalProperties: false
      },
      execute: () => "Done."
    })
  ]
})
