/** The actor that sums a conversation up: one request, and when that is too long itself, another with less in it. */
import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import { textOf } from "../llm/message.ts"
import type { ModelRequest } from "../llm/model.ts"
import type { ModelError } from "../llm/model-error.ts"
import type { CompactionOrder } from "../machines/agent-context.ts"
import type { AgentEvent, CompactionPrice, Failure } from "../machines/events.ts"
import { charactersPerToken, estimated, keptOf, reserveOf } from "../machines/room.ts"
import { running } from "./from-effect.ts"
import { type Asking, defect, failureOf, type Finished, reply, tellBroken } from "./model.ts"
import { contextOf } from "./session/seen-context.ts"
import { fitting, retold } from "./session/retold.ts"

/** Read when it is needed: importing does no work. */
const summaryPrompt = (): string => readFileSync(new URL("./summary.md", import.meta.url), "utf8")

export const compactionActor = (asking: Asking, signal?: AbortSignal) =>
  running<AgentEvent, CompactionOrder, AgentEvent>(
    (order, { report }) =>
      Effect.gen(function* () {
        const { transcript } = order
        const given = yield* Effect.promise(() => givenSummary(asking, order))
        const kept = keptOf(transcript)
        if (given !== undefined && "deny" in given) {
          // The user can do without; a conversation that fills the window cannot go on.
          if (!order.automatic) return report({ type: "compaction.failed", failure: refusal(given) })
          report({ type: "compaction.objected", plugin: given.plugin, reason: given.deny })
        } else if (given !== undefined) return report(finished(order, given.summary, kept, unasked))
        const { message, usage, cost } = yield* summed(asking, order, report)
        const price = { model: message.model, usage, cost }
        const summary = textOf(message).trim()
        if (summary === "") report({ type: "compaction.failed", failure: noSummary, ...price })
        else report(finished(order, summary, kept, price))
      }).pipe(
        Effect.catchTag("ModelError", (error) =>
          Effect.sync(() => {
            tellBroken(error, report)
            report({ type: "compaction.failed", failure: failureOf(error) })
          })
        )
      ),
    (cause) => [{ type: "compaction.failed", failure: defect(cause) }],
    signal
  )

const unasked = { usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, cost: 0 }

const noSummary = { code: "empty", message: "The model gave no summary; nothing was compacted." }

const finished = (
  { transcript, automatic }: CompactionOrder,
  summary: string,
  kept: number,
  price: CompactionPrice
): AgentEvent => {
  const replaced = estimated(transcript.slice(0, transcript.length - kept))
  const isShorter = summary.length / charactersPerToken < replaced
  if (automatic && !isShorter) return { type: "compaction.failed", failure: noGain, ...price }
  return { type: "compaction.finished", summary, kept, ...price }
}

const noGain = {
  code: "no_gain",
  message: "The summary is not shorter than what it stands for; nothing was compacted."
}

/** A plugin's, so that no model is asked, or its denial, which counts before any summary. */
const givenSummary = async ({ session, hooks }: Asking, { transcript, focus, automatic }: CompactionOrder) => {
  if (!hooks.listens("onSessionBeforeCompact")) return undefined
  const about = { session, messages: contextOf(transcript), automatic, ...(focus === undefined ? {} : { focus }) }
  const said = await hooks.gather("onSessionBeforeCompact", about)
  const first = said.find(({ value }) => "deny" in value) ?? said[0]
  return first === undefined ? undefined : { plugin: first.plugin, ...first.value }
}

const refusal = ({ plugin, deny }: { readonly plugin: string; readonly deny: string }): Failure => ({
  code: "refused",
  message: `Nothing was compacted: plugin ${plugin} denies it: ${deny}`
})

const summed = (
  asking: Asking,
  { transcript, model, focus, refused }: CompactionOrder,
  report: (event: AgentEvent) => void
) =>
  Effect.gen(function* () {
    /** Of a summary that is being written nothing is shown. */
    const heard = (event: AgentEvent) => (event.type === "model.broke" ? report(event) : undefined)
    const { system } = yield* Effect.promise(asking.prepare)
    const text = focus === undefined ? summaryPrompt() : `${summaryPrompt()}\nAbove all, keep: ${focus}`
    const all = retold(transcript)
    const window = asking.windowOf(model)
    const room = window === undefined ? undefined : window - reserveOf(window) - (system.length + text.length) / 3

    const isShorter = (nth: number) => nth < all.versions && all.version(nth).length < all.version(nth - 1).length
    const from = (nth: number): Effect.Effect<Finished, ModelError> => {
      const request = { system, messages: [said("conversation", all.version(nth)), said("compact", text)], tools: [] }
      return Effect.catchTag(reply(asking, model, request, heard), "ModelError", (error) =>
        error.reason.kind === "context_overflow" && isShorter(nth + 1) ? from(nth + 1) : Effect.fail(error)
      )
    }
    // What was refused whole is not sent whole again.
    return yield* from(fitting(all, refused ? 1 : 0, room))
  })

const said = (id: string, text: string): ModelRequest["messages"][number] => ({
  role: "user",
  id,
  content: [{ type: "text", text }]
})
