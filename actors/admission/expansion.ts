/** What a message stands for, `/review src`: the first plugin that has something to say of it decides. */
import * as Effect from "effect/Effect"
import { textOf, type UserMessage } from "../../llm/message.ts"
import type { Failure } from "../../machines/events.ts"
import type { Batch } from "../tool/order.ts"
import { callTime } from "../tool/time.ts"
import { expansionContext } from "./context.ts"
import { type Expanding, wants } from "./wants.ts"

/** Characters that a message may stand for. */
const longest = 200_000

/** @returns `undefined` when it stands for itself. Fails with why nobody may read it. */
export const expansionOf = (
  message: UserMessage,
  batch: Batch,
  all: ReadonlyArray<Expanding>
): Effect.Effect<string | undefined, Failure> =>
  Effect.gen(function* () {
    const text = textOf(message)
    for (const one of all) {
      if (!wants(one, text)) continue
      const said = yield* expanded(one, { id: message.id, text }, batch)
      if (said !== undefined) return said
    }
    return undefined
  })

const expanded = (
  { plugin, expansion }: Expanding,
  message: { readonly id: string; readonly text: string },
  batch: Batch
): Effect.Effect<string | undefined, Failure> =>
  Effect.gen(function* () {
    const time = yield* callTime(batch.workplace.timeout)
    const needs: Array<string> = []
    const asking = Effect.tryPromise({
      try: async (signal) => {
        const context = expansionContext({ plugin, message, batch, time, needs, signal })
        try {
          return read(await expansion.expand(message, context))
        } finally {
          context.close()
        }
      },
      catch: (error) => refusal(plugin, `it failed: ${error instanceof Error ? error.message : String(error)}`)
    })
    const late = refusal(plugin, `it took longer than ${batch.workplace.timeout / 1000} s and was stopped`)
    const said = yield* time.within(asking, late)
    if (said === undefined || typeof said === "string") return said
    const [rule] = needs
    const failure = { code: "refused", message: said.refused }
    return yield* Effect.fail({ ...failure, ...(rule !== undefined && { needs: rule }) })
  })

const refusal = (plugin: string, reason: string): Failure => ({
  code: "refused",
  message: `Plugin ${plugin} cannot say what it stands for: ${reason}`
})

/** @throws TypeError for what it may not give. */
const read = (given: unknown): string | { readonly refused: string } | undefined => {
  if (given === undefined || given === null) return undefined
  const { text, refused } = (typeof given === "object" ? given : {}) as Readonly<Record<"text" | "refused", unknown>>
  if (typeof refused === "string") return { refused }
  if (typeof text !== "string") throw new TypeError("it must give nothing, { text } or { refused: why }")
  if (text.length > longest) throw new TypeError(`it gives ${text.length} characters; at most ${longest} are taken`)
  return text
}
