/** What agents in the background came to. */
import type { AgentNotice } from "../../../../machines/events.ts"
import type { BackgroundState } from "../../../../plugins/ports.ts"
import type { ItemBody } from "./model.ts"

const endings: Readonly<Record<Exclude<BackgroundState, "running">, string>> = {
  replied: "has ended",
  failed: "has failed",
  cancelled: "was stopped",
  timed_out: "took too long and was stopped",
  interrupted: "was cut off"
}

/** One that starts is told by the call that starts it. */
export const delivered = (notice: Extract<AgentNotice, { type: "agent.background" }>): ReadonlyArray<ItemBody> => {
  const { id, description, state, result } = notice
  if (state === "running") return []
  const title = `background agent ${description === "" ? id : description} ${endings[state]}`
  return [{ kind: "delivered", title, text: result?.text ?? "", isGood: state === "replied" }]
}

/** The same from the transcript, where it stands as the model reads it (machines/background.ts). */
export const storedResult = (text: string): ItemBody => {
  const [head = "", ...rest] = text.split("\n")
  const title = /^\[(.+?)\. This is its result/.exec(head)?.[1] ?? "background agent"
  const body = rest.join("\n").replace(/\n\[End of the result of [^\n]*\]$/, "")
  return { kind: "delivered", title, text: body.trim(), isGood: title.endsWith("has ended") }
}
