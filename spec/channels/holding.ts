/** A tool that works until it is let go: what a channel does while a turn is under way. */
import { defineTool, type Tool } from "../../plugins/tool.ts"

export interface Holding {
  /** `hold`. */
  readonly hold: Tool
  /** Calls made so far go on. */
  readonly release: () => void
}

export const holding = (): Holding => {
  let held = Promise.withResolvers<void>()
  return {
    hold: defineTool({
      name: "hold",
      description: "Waits.",
      risk: "read",
      input: { type: "object" },
      execute: () => held.promise.then(() => "held")
    }),
    release: () => {
      held.resolve()
      held = Promise.withResolvers()
    }
  }
}
