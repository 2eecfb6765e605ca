/** Commands of plugins that the server runs for this tab, and what they came to. */
import type { OutFrame } from "../../../wire/frames.ts"
import { add } from "./items.ts"
import type { Chat } from "./model.ts"

type Result = Extract<OutFrame, { type: "command_result" | "error" }>

/** What it said stands in the conversation by itself. */
export const ran = (chat: Chat, frame: Result): Chat => {
  const run = chat.runs.find(({ id }) => id === frame.command_id)
  if (run === undefined) return chat
  const done = { ...chat, runs: chat.runs.filter((one) => one !== run) }
  if (frame.type === "error") return { ...done, trouble: `${run.label}: ${frame.message}` }
  const { show = "", message_id } = frame
  if (show.trim() !== "") return add(done, { kind: "shown", title: run.label, text: show })
  return message_id === undefined ? add(done, { kind: "note", tone: "plain", text: `${run.label}: done` }) : done
}

/** The connection was lost, and with it what they come to. */
export const lost = (chat: Chat): Chat =>
  chat.runs.length === 0
    ? chat
    : add(
        { ...chat, runs: [] },
        ...chat.runs.map(({ label }) => {
          const text = `${label}: the connection was lost before it answered; it may be done or not.`
          return { kind: "note", tone: "warn", text } as const
        })
      )
