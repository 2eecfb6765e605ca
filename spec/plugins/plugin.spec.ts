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

it("takes what is written down in another form: tools that are asked for, a class, all that it says of itself", () => {
  const asked = { name: "words", tools: async () => [tool("a")] }
  expect(definePlugin(asked)).toBe(asked)
  class Words {
    name = "words"
    version = "1.0.0"
    requires = ["letters"]
    priority = { systemPrompt: 5, onTurnEnd: -1 }
    hooks = ["onTurnEnd" as const]
    onTurnEnd() {}
  }
  const words = new Words()
  expect(definePlugin(words)).toBe(words)
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
  [{ name: "words", onTurnEnd: [] }, 'plugin "words": onTurnEnd must be a function'],
  [{ name: "words", requires: "letters" }, 'plugin "words": requires must be a list of names'],
  [{ name: "words", priority: "high" }, 'plugin "words": priority must be a number'],
  [{ name: "words", priority: { onTurn: 1 } }, 'plugin "words": priority must be a number, or an object'],
  [{ name: "words", hooks: ["onTurn"] }, 'plugin "words": hooks must be a list of start, stop, onAgentStart'],
  [{ name: "words", version: 1 }, 'plugin "words": version must be a text'],
  [{ name: "words", systemPrompt: "Prefer words." }, 'plugin "words": systemPrompt must be a function']
])("refuses at once, by its name, what is wrong: %j", (plugin, message) => {
  const define = () => definePlugin(plugin as Plugin)
  expect(define).toThrow(TypeError)
  expect(define).toThrow(message)
})
