/** log: what happens in sessions, in the log. Texts of the conversation stand there only when everything is logged. */
import type { Hooks } from "../hooks.ts"
import { definePlugin, type Plugin } from "../plugin.ts"
import type { LogFile } from "./log-file.ts"

/** @param file Absent: it hears nothing. */
export const logPlugin = (file?: LogFile): Plugin =>
  definePlugin({
    name: "log",
    description: "A structured log of sessions, turns, models and tools.",
    ...(file !== undefined && { ...sessions(file.write), ...turns(file.write), ...calls(file.write) })
  })

type Write = LogFile["write"]

const sessions = (write: Write): Partial<Hooks> => ({
  onAgentStart: (event) => write("info", "session.opened", event),
  onAgentEnd: (event) => write("info", "session.closed", event),
  onModelSelect: (event) => write("info", "model.selected", event),
  onSessionFork: (event) => write("info", "session.forked", event),
  onSessionSwitch: (event) => write("info", "session.switched", event),
  onSessionCompacted: ({ session, summary }) =>
    write("info", "session.compacted", { session, characters: summary.length }),
  onHeartbeat: (event) => write("debug", "session.beat", event)
})

const turns = (write: Write): Partial<Hooks> => ({
  onTurnStart: ({ session, text }) => {
    write("info", "turn.started", { session, characters: text.length })
    write("debug", "turn.text", { session, text })
  },
  onTurnEnd: ({ session, end, text, usage, cost }) => {
    const failed = end === "failed"
    write(failed ? "error" : "info", `turn.${end}`, { session, ...(failed && { error: text }), usage, cost })
    if (!failed) write("debug", "turn.text", { session, text })
  },
  onLlmCall: (event) => write("debug", "model.asked", event),
  onLlmResponse: (event) =>
    write(
      event.error === undefined ? "info" : "warn",
      `model.${event.error === undefined ? "replied" : "failed"}`,
      event
    )
})

/** Calls under way whose time is taken; one that is never settled must not be kept for ever. */
const mostCalls = 1000

const calls = (write: Write): Partial<Hooks> => {
  const begun = new Map<string, number>()
  return {
    onToolExecutionStart: ({ session, callId, tool, input }) => {
      if (begun.size >= mostCalls) begun.clear()
      begun.set(`${session} ${callId}`, performance.now())
      write("info", "tool.started", { session, callId, tool, input })
    },
    onToolExecutionEnd: ({ session, callId, tool, answer }) => {
      const { success, error, errorClass, outcome, degraded, seam, data } = answer
      const since = begun.get(`${session} ${callId}`)
      begun.delete(`${session} ${callId}`)
      const ms = since === undefined ? {} : { ms: Math.round(performance.now() - since) }
      const broke = { errorClass, error, outcome, degraded, seam }
      write(success ? "info" : "warn", "tool.settled", { session, callId, tool, success, ...ms, ...broke })
      write("debug", "tool.answer", { session, callId, tool, data })
    }
  }
}
