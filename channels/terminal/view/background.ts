/** What agents in the background came to, as items of the conversation. */
import type { AgentNotice } from "../../../machines/events.ts"
import type { BackgroundState } from "../../../plugins/ports.ts"
import type { Item } from "./view.ts"

const endings: Readonly<Record<Exclude<BackgroundState, "running">, string>> = {
  replied: "has ended",
  failed: "has failed",
  cancelled: "was stopped",
  timed_out: "took too long and was stopped",
  interrupted: "was cut off"
}

/** One that starts is told by the call that starts it, and counted in the status line. */
export const delivered = ({
  id,
  description,
  state,
  result
}: Extract<AgentNotice, { type: "agent.background" }>): ReadonlyArray<Item> =>
  state === "running"
    ? []
    : [
        {
          kind: "delivered",
          title: `background agent ${description === "" ? id : description} ${endings[state]}`,
          text: result?.text ?? "",
          isGood: state === "replied"
        }
      ]

/** The same from a conversation that was stored, where it stands as the model reads it (machines/background.ts). */
export const storedResult = (text: string): Item => {
  const [head = "", ...rest] = text.split("\n")
  const title = /^\[(.+?)\. This is its result/.exec(head)?.[1] ?? "background agent"
  const body = rest.join("\n").replace(/\n\[End of the result of [^\n]*\]$/, "")
  return { kind: "delivered", title, text: body.trim(), isGood: title.endsWith("has ended") }
}
