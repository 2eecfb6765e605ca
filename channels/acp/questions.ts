/** An agent's questions as the editor asks them: permissions, and what a tool wants to know while it works. */
import type { PermissionOption } from "@agentclientprotocol/sdk"
import type { Session } from "../../actors/session-host.ts"
import type { Question } from "../../machines/events.ts"
import { oneLine, printable } from "../cli/printable.ts"
import { type Answered, type AskParts, choose } from "./choice.ts"
import { answerInquiry } from "./inquiries.ts"

export interface Questions {
  readonly ask: (question: Question) => void
  /** It was answered, or nobody wants to know any more. */
  readonly forget: (id: string) => void
  readonly forgetAll: () => void
}

/** A question that cannot be asked is answered with no. */
export const questionsOf = (parts: AskParts, session: Pick<Session, "send">): Questions => {
  const open = new Map<string, AbortController>()
  /** Rules that the user refuses from now on. */
  const refused = new Set<string>()
  const answer = async (question: Question, signal: AbortSignal): Promise<Answered> => {
    if (question.inquiry !== undefined) return answerInquiry(parts, question, question.inquiry, signal)
    if (question.rule !== "" && refused.has(question.rule)) return { decision: "deny" }
    const chosen = await choose(parts, question, permissionOptions(question), signal)
    if (chosen === "reject_always") refused.add(question.rule)
    return { decision: chosen === "allow_once" ? "allow" : chosen === "allow_always" ? "always" : "deny" }
  }
  const ask = async (question: Question): Promise<void> => {
    const { id } = question
    const asked = new AbortController()
    open.set(id, asked)
    const answered = await answer(question, asked.signal).catch((): Answered => ({ decision: "deny" }))
    if (!open.delete(id)) return
    try {
      session.send({ type: "permission.answered", id, ...answered })
    } catch {
      // It was closed meanwhile.
    }
  }
  const forget = (id: string): void => {
    const asked = open.get(id)
    open.delete(id)
    asked?.abort()
  }
  return {
    ask: (question) => {
      if (!open.has(question.id)) void ask(question)
    },
    forget,
    forgetAll: () => [...open.keys()].forEach(forget)
  }
}

const permissionOptions = ({ rule }: Question): Array<PermissionOption> => {
  const shown = oneLine(printable(rule), 80)
  const always: ReadonlyArray<PermissionOption["kind"]> = ["allow_always", "reject_always"]
  return options(shown).filter(({ kind }) => rule !== "" || !always.includes(kind))
}

const options = (shown: string): Array<PermissionOption> => [
  { optionId: "allow_once", name: "Yes", kind: "allow_once" },
  { optionId: "allow_always", name: `Yes, and ${shown} always in this session`, kind: "allow_always" },
  { optionId: "reject_once", name: "No", kind: "reject_once" },
  { optionId: "reject_always", name: `No, and never ${shown} in this session`, kind: "reject_always" }
]
