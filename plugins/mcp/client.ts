/** A running call as the server's client: what it cancels, shows and may be asked with. */
import type { McpClient } from "../mcp.ts"
import type { ToolContext } from "../tool.ts"
import { type Complete, sampler } from "./sampling.ts"

/** Milliseconds between two shows of a server that tells its progress faster than anybody reads. */
const pace = 100

export const clientOf = (
  { session, signal, progress, ask }: Pick<ToolContext, "session" | "signal" | "progress" | "ask">,
  complete: Complete | undefined
): McpClient => {
  let last = -Infinity
  return {
    session,
    signal,
    progress: (told) => {
      const text = progressText(told)
      const now = performance.now()
      if (text === "" || (now - last < pace && told.fraction !== 1)) return
      last = now
      // What is shown is put together, as the output of a command is.
      progress(`${text}\n`)
    },
    ask,
    sample: sampler({ session, ask, signal }, complete)
  }
}

/** One line. */
export const progressText = ({ message = "", fraction }: Parameters<McpClient["progress"]>[0]): string => {
  const share = fraction === undefined || !Number.isFinite(fraction) ? "" : `${Math.round(fraction * 100)} %`
  return [share, message.replace(/\s+/g, " ").trim().slice(0, 200)].filter((part) => part !== "").join(" ")
}
