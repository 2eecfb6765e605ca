/** What a subagent asks and does, brought to the call that waits for it; and the user's word, brought back. */
import type { Question } from "../../machines/events.ts"
import { throttle } from "../../plugins/builtin/throttle.ts"
import type { Session } from "../session-host.ts"
import type { Order } from "../tool/order.ts"
import { callLine } from "./call-line.ts"
import type { Watch } from "./errand.ts"
import type { Stopper } from "./stopper.ts"

/** @param name What the subagent works on. */
export const relay = (name: string, child: Pick<Session, "send">, order: Order, time: Stopper): Watch => {
  const { call, batch } = order
  const open = new Map<string, Question>()
  // A call of `task` is known by its only agent; others may have several.
  const whose = call.name === "task" ? "" : `${name}: `
  const shown = throttle((text) => batch.report({ type: "tool.progressed", callId: call.id, text }))

  const ask = (asked: Question): void => {
    const { id, rule, agent } = asked
    open.set(id, asked)
    time.wait()
    batch.questions.set(id, (answered) => {
      if (answered.decision === "always" && rule !== "") batch.allowed.push(rule)
      child.send(answered)
    })
    const asking = agent === undefined ? name : `${name} › ${agent}`
    batch.report({ ...asked, type: "permission.asked", callId: call.id, agent: asking })
  }

  const settle = (id: string): void => {
    if (!open.delete(id)) return
    batch.questions.delete(id)
    time.go()
  }

  return {
    hear: (notice) => {
      if (notice.type === "agent.asked") {
        const { type: _, ...question } = notice
        ask(question)
      }
      if (notice.type === "agent.answered") settle(notice.id)
      if (notice.type === "agent.settled")
        for (const { id, callId } of open.values()) if (callId === notice.call.id) settle(id)
      if (notice.type === "agent.acting") shown.push(`${whose}${callLine(notice.call)}\n`)
    },
    close: () => {
      shown.stop()
      for (const id of open.keys()) {
        settle(id)
        // Other subagents of the same call may go on: its questions do not end with the call alone.
        batch.report({ type: "permission.answered", id, decision: "deny" })
      }
    }
  }
}
