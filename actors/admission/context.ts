/** What an expansion works with: the session's ports, and its user, who can be asked because a turn has begun. */
import { randomUUID } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decide, ruleFor } from "../../plugins/permission.ts"
import type { ExpansionContext } from "../../plugins/plugin.ts"
import { policyOf } from "../tool/check.ts"
import { commandGuarded } from "../tool/command-guard.ts"
import { decidedWith, nobodyToAsk, shownWith } from "../tool/guard-word.ts"
import { inquirer } from "../tool/inquire.ts"
import { type Batch, contextFor, type PermissionAnswered } from "../tool/order.ts"
import type { CallTime } from "../tool/time.ts"

export interface ExpansionParts {
  readonly plugin: string
  readonly message: { readonly id: string; readonly text: string }
  readonly batch: Batch
  /** Stands while the user is asked. */
  readonly time: CallTime
  /** Gets the rules that would have let something through, when nobody was there to ask. */
  readonly needs: Array<string>
  readonly signal: AbortSignal
}

export const expansionContext = (parts: ExpansionParts): ExpansionContext & { readonly close: () => void } => {
  const { plugin, message, batch, time, signal } = parts
  // Agents that it starts ask on behalf of the message.
  const call = { type: "call" as const, id: message.id, name: plugin, input: { message: message.text } }
  const order = { call, batch, time }
  const { ask, close } = inquirer(order, { risk: "read" }, signal)
  const { taskStartedAt: _, ...context } = contextFor(plugin, order, signal, ask)
  const permits = permitting(parts)
  return {
    ...context,
    log: (text) => batch.workplace.log(`${plugin}: ${text}`),
    permit: permits.permit,
    close: () => {
      close()
      permits.close()
    }
  }
}

/** As if a tool asked: plugins that guard calls first, then rules and mode, then the user. */
const permitting = ({ message, batch, time, needs, signal }: ExpansionParts) => {
  const { workplace, questions, report } = batch
  const open = new Map<string, (answered: PermissionAnswered) => void>()
  let waits = 0

  /** The message's own time does not pass meanwhile. */
  const standing = async <A>(act: () => Promise<A>): Promise<A> => {
    if (waits === 0) Effect.runSync(time.stop)
    waits += 1
    try {
      return await act()
    } finally {
      waits -= 1
      if (waits === 0) Effect.runSync(time.go)
    }
  }

  const asked = (question: Omit<Extract<Parameters<typeof report>[0], { type: "permission.asked" }>, "id" | "type">) =>
    new Promise<boolean>((resolve) => {
      const id = randomUUID()
      const settle = ({ decision }: PermissionAnswered): void => {
        if (!open.delete(id)) return
        questions.delete(id)
        if (decision === "always" && question.rule !== "") batch.allowed.push(question.rule)
        resolve(decision !== "deny")
      }
      open.set(id, settle)
      questions.set(id, settle)
      report({ ...question, type: "permission.asked", id })
    })

  const permit: ExpansionContext["permit"] = async ({ tool, input, risk, preview }) => {
    const { session, hooks, cwd, unattended } = workplace
    const attempt = { session, callId: message.id, tool, input }
    // Guards have a time of their own.
    const guarding = Effect.flatMap(hooks.guard(attempt), (word) =>
      commandGuarded(hooks, { ...attempt, preview }, word)
    )
    const guarded = await standing(() => Effect.runPromise(Effect.result(guarding), { signal }))
    if (Result.isFailure(guarded)) return { refused: guarded.failure.error ?? "a plugin denies it" }
    const word = guarded.success
    if (!isDeepStrictEqual(word.input, input))
      return { refused: `a plugin would change what ${tool} is to do, and here it is done as written or not at all` }
    const attempted = { tool, risk: preview.risk ?? risk, preview: shownWith(preview, word), cwd }
    const decision = decidedWith(await decide(policyOf(batch), { ...attempted, preview }), word)
    if (decision.type === "allow") return undefined
    if (decision.type === "deny") return { refused: decision.reason }
    const rule = word.ask === undefined ? await ruleFor({ ...attempted, preview }) : ""
    if (unattended) {
      if (rule !== "") needs.push(rule)
      return { refused: nobodyToAsk(rule, word) }
    }
    if (signal.aborted) return { refused: "it was stopped" }
    const { cwd: _, ...shown } = attempted
    const isAllowed = await standing(() => asked({ ...shown, callId: message.id, input, rule }))
    return isAllowed ? undefined : { refused: "the user said no" }
  }

  /** What is still open is withdrawn. */
  const close = (): void => {
    for (const [id, settle] of open) {
      report({ type: "permission.answered", id, decision: "deny" })
      settle({ type: "permission.answered", id, decision: "deny" })
    }
  }
  signal.addEventListener("abort", close, { once: true })
  return { permit, close }
}
