/** A command's world in memory, a turn in which all there is broke, and a session that tells it. */
import { PassThrough } from "node:stream"
import type { Io } from "../../../channels/cli/io.ts"
import type { ToolCall } from "../../../llm/message.ts"
import type { AgentNotice, PluginNews, TerminalNotice } from "../../../machines/events.ts"
import type { Answer } from "../../../plugins/tool.ts"
import type { Session } from "../../../actors/session-host.ts"
import { fakeSession, spent } from "../terminal/fake-session.ts"

export interface HeardIo extends Io {
  readonly out: () => string
  readonly err: () => string
}

/** @param colours Standard error is a terminal of 256 colours. */
export const heardIo = ({ colours = false } = {}): HeardIo => {
  const [stdout, stderr] = [sink(), sink()]
  if (colours) Object.assign(stderr.stream, { isTTY: true, getColorDepth: () => 8 })
  return {
    stdin: new PassThrough(),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: {},
    cwd: "/",
    out: stdout.text,
    err: stderr.text
  }
}

const sink = () => {
  let text = ""
  const stream = new PassThrough({ encoding: "utf8" })
  stream.on("data", (chunk: string) => void (text += chunk))
  return { stream, text: () => text }
}

/** Name of a tool → its answer: one of each state, a plain failure and a success. */
export const answers: Readonly<Record<string, Answer>> = {
  whole: { success: true, data: "12", summary: "counted 12 words" },
  missing: { success: false, errorClass: "not_found", error: "no file a.txt" },
  crashing: {
    success: false,
    errorClass: "missing_dependency",
    error: "the tool's own code failed",
    outcome: "contained"
  },
  guessing: {
    success: true,
    data: "12:00",
    summary: "it is noon",
    outcome: "degraded",
    degraded: ["time zone invented", "hook onX skipped"]
  },
  patched: { success: true, data: "13", summary: "counted 13 words", outcome: "provisional", seam: "s1" },
  mended: { success: true, data: "14", summary: "counted 14 words", outcome: "healed", seam: "s2" },
  pretending: { success: false, errorClass: "execution_error", error: "that was not true", outcome: "false_heal" }
}

export const calls: ReadonlyArray<ToolCall> = Object.keys(answers).map((name) => ({
  type: "call",
  id: `call-${name}`,
  name,
  input: { path: `${name}.txt` }
}))

export const news: PluginNews = { plugin: "words", state: "quarantined", reason: "it crashed 5 times in 60 s" }

export const end: TerminalNotice = { type: "agent.replied", text: "Done.", verified: false, messages: [], spent }

/** All of it, in the order an agent tells it. */
export const turn: ReadonlyArray<AgentNotice> = [
  { type: "agent.started", messages: ["m1"] },
  {
    type: "agent.said",
    message: { role: "assistant", model: "m", content: [{ type: "text", text: "Look." }, ...calls] }
  },
  ...calls.flatMap((call): ReadonlyArray<AgentNotice> => [
    { type: "agent.acting", call },
    { type: "agent.settled", call, answer: answers[call.name] ?? { success: true } }
  ]),
  { type: "agent.plugin", ...news },
  { type: "agent.said", message: { role: "assistant", model: "m", content: [{ type: "text", text: "Done." }] } },
  end
]

/** A session that answers any question with these notices; the last one ends the turn. */
export const telling = (notices: ReadonlyArray<AgentNotice>): Session => {
  const session = fakeSession({ id: "0abc" })
  const ask = async (): Promise<TerminalNotice> => {
    session.notify(...notices)
    return notices.at(-1) as TerminalNotice // by the rule above
  }
  return { ...session, ask }
}
