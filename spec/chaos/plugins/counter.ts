/** Tools that change the world, once for each call, and then perhaps break: how often they did it can be counted. */
import { defineTool, type Tool, type ToolContext } from "../../../plugins/index.ts"
import { open } from "./open.ts"

/** What happens after the effect, and before the answer. */
export type After = "answers" | "throws" | "overflows" | "never_settles" | "exits" | "loops"

export interface CounterInput {
  /** Names the call: its effect may be found at most once. */
  readonly token: string
  readonly after: After
}

const endings: Readonly<Record<After, () => Promise<void>>> = {
  answers: async () => {},
  throws: async () => {
    throw new Error("broken on purpose, after the effect")
  },
  overflows: async () => {
    const deeper = (depth: number): number => 1 + deeper(depth + 1)
    deeper(0)
  },
  never_settles: () => new Promise<never>(() => {}),
  exits: async () => process.exit(0),
  loops: async () => {
    for (let turns = 0; ; turns = 1 - turns);
  }
}

/** @param effect Leaves the mark. */
export const counter = (name: string, effect: (token: string, context: ToolContext) => Promise<void>): Tool =>
  defineTool({
    name,
    description: "Leave a mark in the world, once.",
    risk: "write",
    timeout: 1,
    input: open<CounterInput>(),
    execute: async ({ token, after }, context) => {
      await effect(token, context)
      await endings[after]()
      return { success: true, data: token }
    }
  })
