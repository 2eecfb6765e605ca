/** What all channels show alike: messages as they were typed, whose words they are, commands as they are read. */
import { describe, expect, it } from "vitest"
import { lineOf, readCommand, runIn } from "../../channels/command-line.ts"
import { continuedIn, taskWords, typedText } from "../../channels/shown-words.ts"
import { itemsOf } from "../../channels/terminal/view/transcript.ts"
import { reduce } from "../../channels/terminal/view/reduce.ts"
import { blank } from "../../channels/terminal/view/view.ts"
import { itemsOf as consoleItems } from "../../channels/web/client/chat/transcript.ts"
import type { UserMessage } from "../../llm/message.ts"

const said = (text: string, more: Partial<UserMessage> = {}): UserMessage => ({
  role: "user",
  id: "m",
  content: [{ type: "text", text }],
  ...more
})

const typed = said("<skill>Look at src.</skill>", { typed: "/review src" })
const continued = said("[Plugin hooks has the turn go on:]\n\nRun the\nspecs.", { from: "hooks" })
const words = "plugin hooks has the turn go on: Run the specs."

describe("a conversation that is opened again", () => {
  it("shows what was typed, and not what that stands for", () => {
    expect([typedText(typed), typedText(said("hello"))]).toEqual(["/review src", "hello"])
    expect(itemsOf([typed])).toMatchObject([{ kind: "user", text: "/review src" }])
    expect(consoleItems([typed], false, 0)).toMatchObject([{ kind: "user", text: "/review src" }])
  })

  it("shows a plugin's words as a line, not as the user's", () => {
    expect(continuedIn(continued)).toBe(words)
    expect(itemsOf([continued])).toEqual([{ kind: "note", tone: "plain", text: words }])
    expect(consoleItems([continued], false, 0)).toEqual([{ kind: "note", tone: "plain", text: words }])
    const view = reduce(blank, { type: "agent.continued", plugin: "hooks", text: "x".repeat(1000) }, 0)
    expect(view.done).toMatchObject([{ kind: "note", text: expect.stringMatching(/go on: x{300}…$/) }])
  })
})

it("a task is named by who does it and what it is for", () => {
  expect(taskWords({ description: "look", agent: "reviewer", prompt: "long" })).toBe("reviewer: look")
  expect(taskWords({ description: "look", subagent_type: "reviewer" })).toBe("reviewer: look")
  expect(taskWords({ description: "look", agent: "" })).toBe("look")
  expect(taskWords({ prompt: "long" })).toBeUndefined()
})

it("a command is a name behind a slash; of plugins', one that is not said is run", () => {
  const offered = { plugin: "p", description: "", argument: "" }
  const commands = () => [
    { ...offered, name: "facts" },
    { ...offered, name: "review", said: true as const }
  ]
  expect(runIn({ commands }, " /Facts  of\nlife ")).toEqual({ name: "facts", argument: "of\nlife" })
  for (const text of ["/review src", "/unknown", "/facts/life", "see /facts", "/", "// facts", ""])
    expect(runIn({ commands }, text), text).toBeUndefined()
  for (const text of ["/facts", "/facts of life"]) expect(lineOf(readCommand(text)!)).toBe(text)
})
