import { expect, it } from "vitest"
import { mainArgument } from "../../channels/main-argument.ts"

const argument = (input: unknown, name = "x") => mainArgument({ name, input })

it("is the one that says most, on one line", () => {
  expect(argument({ content: "long", path: "a.ts" })).toBe("a.ts")
  expect(argument({ timeout: 3, command: "ls\nrm x" })).toBe("ls …")
  expect(argument({ other: "said", path: 3 })).toBe("said")
  expect(argument({ content: "long", file_path: "b.ts" })).toBe("b.ts")
  expect(argument("{broken")).toBe("{broken")
})

it("is the whole input where no text is in it", () => {
  expect(argument({ depth: 2 })).toBe('{"depth":2}')
  for (const input of [undefined, null, 3, [], {}]) expect(argument(input)).toBe("")
})

it("is of a task what it is for and whose it is, and nothing of the report that follows in full", () => {
  expect(argument({ prompt: "long", description: "short" }, "task")).toBe("short")
  expect(argument({ prompt: "long", description: "short", agent: "reviewer" }, "task")).toBe("reviewer: short")
  expect(argument({ summary: "done" }, "task_done")).toBe("")
})

it("goes through what makes it fit to be shown", () => {
  expect(mainArgument({ name: "x", input: { path: "a\u0007b" } }, (text) => text.replaceAll("\u0007", ""))).toBe("ab")
})
