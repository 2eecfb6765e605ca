import { expect, it } from "vitest"
import { definePlugin, defineTool, type Plugin } from "../../plugins/index.ts"

const tool = (name: string) =>
  defineTool({ name, description: "Say it.", risk: "read", input: { type: "object" }, execute: () => "" })

it("gives back a plugin that is in order", () => {
  const plugin: Plugin = {
    name: "words",
    tools: [tool("a"), tool("b")],
    systemPrompt: () => "",
    start: () => {},
    stop: () => {}
  }
  expect(definePlugin(plugin)).toBe(plugin)
  expect(definePlugin({ name: "empty" })).toEqual({ name: "empty" })
})

it.each([
  [{ name: "two words" }, "name must be"],
  [{ name: "" }, "name must be"],
  [
    { name: "words", tools: [tool("a"), tool("b"), tool("a")] },
    'plugin "words": tools must be named once each; a stands twice'
  ],
  [{ name: "words", tools: {} }, 'plugin "words": tools must be a list'],
  [{ name: "words", tools: [{ name: "a" }] }, 'plugin "words": tools must be a list'],
  [{ name: undefined }, "name must be"],
  [undefined, "a plugin must be an object"],
  [{ name: "words", start: "now" }, 'plugin "words": start must be a function'],
  [{ name: "words", systemPrompt: "Prefer words." }, 'plugin "words": systemPrompt must be a function']
])("refuses at once, by its name, what is wrong: %j", (plugin, message) => {
  const define = () => definePlugin(plugin as Plugin)
  expect(define).toThrow(TypeError)
  expect(define).toThrow(message)
})
