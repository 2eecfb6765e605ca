/** A call of a tool that stands for another: it goes on as a call of that one, so that whatever is said of that one holds for it. */
import * as Effect from "effect/Effect"
import type { Answer } from "../../plugins/tool.ts"
import type { Batch, ForwardedCall, Offered } from "./order.ts"

/** As it goes on. */
export interface Forwarded {
  readonly call: ForwardedCall
  readonly offered: Offered | undefined
}

/** Fails with the answer of a guard that refuses it under the name by which the model called it. */
export const forwarded = (
  call: ForwardedCall,
  { workplace: { session, hooks } }: Batch,
  tools: ReadonlyMap<string, Offered>
): Effect.Effect<Forwarded, Answer> => {
  const offered = tools.get(call.name)
  const forwards = offered?.tool.forwards
  if (forwards === undefined) return Effect.succeed({ call, offered })
  return Effect.map(hooks.guard({ session, callId: call.id, tool: call.name, input: call.input }), (word) => {
    const target = forwards(word.input)
    const other = target === undefined ? undefined : tools.get(target.tool)
    if (target === undefined || other === undefined) return { call, offered }
    return { call: { ...call, name: target.tool, input: target.input, via: call.name, word }, offered: other }
  })
}
