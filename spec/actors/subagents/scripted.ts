/** A model for specs of subagents: what it says follows from the newest message to it, so it plays parent and children at once. */
import * as Stream from "effect/Stream"
import { scripted } from "../../../llm/dialects/scripted.ts"
import { checkScript, type ScriptSource } from "../../../llm/dialects/script.ts"
import type { Model, ModelRequest } from "../../../llm/model.ts"

type Turns = ScriptSource["rules"][number]["turns"]
type Call = NonNullable<Turns[number]["calls"]>[number]

export interface ByMessage extends Model {
  readonly requests: ReadonlyArray<ModelRequest>
}

const usage = { input: 10, output: 2 }

/** @param rules What is said to messages that match, one turn for each request. What matches nothing is echoed. */
export const byMessage = (rules: Readonly<Record<string, Turns>>): ByMessage => {
  const all = [...Object.entries(rules), [".*", [{ text: "heard" }]] as const]
  const script = checkScript("spec", {
    rules: all.map(([when, turns]) => ({ when, turns: turns.map((turn) => ({ usage, ...turn })) })),
    info: { price: { input: 1, output: 1 } }
  })
  const model = scripted({ id: "scripted/spec", script })
  const requests: Array<ModelRequest> = []
  const respond: Model["respond"] = (request) =>
    Stream.suspend(() => {
      requests.push(request)
      return model.respond(request)
    })
  return { ...model, respond, requests }
}

export const task = (prompt: string, more: object = {}): Call => ({
  tool: "task",
  input: { prompt, description: `about ${prompt}`, ...more }
})

/** Says a word and then nothing for longer than any spec waits. */
export const hangs: Turns = [{ text: "I was about to find it", chunk: 11, stall_ms: 3_600_000 }]
