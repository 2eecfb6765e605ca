/** What a call asks its user while it runs: a question like that for permission, whose answer goes to the tool. */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import type { Inquiry, InquiryReply } from "../../plugins/inquiry.ts"
import { readContent } from "../../plugins/inquiry/content.ts"
import type { Tool, ToolContext } from "../../plugins/tool.ts"
import type { PermissionAnswered, TimedOrder } from "./order.ts"

export interface Inquirer {
  readonly ask: ToolContext["ask"]
  /** The run is over: what is still open is withdrawn. */
  readonly close: () => void
}

/** Open questions of one run. */
const most = 20

const cancel = (reason: string): InquiryReply => ({ action: "cancel", reason })

const nobodyThere = "nobody is here to answer; the user can say it beforehand, or run this where somebody can be asked"

/** @param signal Of the run: when it is aborted, what is open is withdrawn. */
export const inquirer = (order: TimedOrder, tool: Pick<Tool, "risk">, signal: AbortSignal): Inquirer => {
  const { batch, time } = order
  const open = new Set<(reply: InquiryReply) => void>()
  let isOver = false

  const ask = (inquiry: Inquiry): Promise<InquiryReply> =>
    new Promise((resolve) => {
      const id = randomUUID()
      const settle = (reply: InquiryReply) => {
        if (!open.delete(settle)) return
        batch.questions.delete(id)
        if (open.size === 0) Effect.runSync(time.go)
        // Others of the session may still be asked: the question does not end with the call alone.
        if (reply.action === "cancel") batch.report({ type: "permission.answered", id, decision: "deny" })
        resolve(reply)
      }
      if (open.size === 0) Effect.runSync(time.stop)
      open.add(settle)
      batch.questions.set(id, (answered) => settle(replyOf(inquiry, answered)))
      batch.report({ type: "permission.asked", ...questionOf(order, tool, inquiry), id })
    })

  const close = () => {
    isOver = true
    for (const settle of open) settle(cancel("the call was stopped before somebody answered"))
  }
  signal.addEventListener("abort", close, { once: true })

  return {
    ask: async (given) => {
      const { readInquiry } = await import("../../plugins/inquiry/read.ts")
      const read = readInquiry(given)
      if ("problem" in read) return cancel(`it cannot be asked: ${read.problem}`)
      if (batch.workplace.unattended) return cancel(nobodyThere)
      if (isOver || signal.aborted) return cancel("the call is over")
      if (open.size >= most) return cancel(`${most} questions of this call are open already`)
      return ask(read.inquiry)
    },
    close
  }
}

/** Whoever answers may be a program that embeds us: what is handed to the tool fits, whoever gave it. */
const replyOf = (inquiry: Inquiry, { decision, content }: PermissionAnswered): InquiryReply => {
  if (decision === "deny") return { action: "decline" }
  const read = readContent(inquiry, content)
  if ("content" in read) return { action: "accept", content: read.content }
  return cancel(
    `the answer did not fit: ${read.problems.map(({ field, problem }) => `${field} ${problem}`).join("; ")}`
  )
}

/** The preview says it to whoever knows nothing of inquiries. */
const questionOf = ({ call }: TimedOrder, { risk }: Pick<Tool, "risk">, inquiry: Inquiry) => ({
  callId: call.id,
  tool: call.name,
  input: call.input,
  risk,
  preview: {
    summary: `${inquiry.from} asks: ${inquiry.message.slice(0, 200)}`,
    ...(inquiry.url && { url: inquiry.url })
  },
  rule: "",
  inquiry
})
