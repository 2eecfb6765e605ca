/** What the user says to a question, as whoever asked it hears it. Pure. */
import { type Problem, readContent } from "../plugins/inquiry/content.ts"
import type { AgentEvent, Question } from "./events.ts"

type Answered = Pick<Extract<AgentEvent, { type: "permission.answered" }>, "decision" | "content">

/** The word to an inquiry is `deny`, or `allow` with values that fit; nothing holds always for it. */
export type Word = Answered

export const wordOf = ({ inquiry }: Question, { decision, content: given }: Answered): Word | undefined => {
  if (inquiry === undefined || decision === "deny") return { decision }
  const read = readContent(inquiry, given)
  return "content" in read ? { decision: "allow", content: read.content } : undefined
}

/** Why the values that were given would leave the question open; empty when they fit. */
export const problemsWith = (question: Question, answered: Answered): ReadonlyArray<Problem> => {
  const { inquiry } = question
  if (inquiry === undefined || answered.decision === "deny") return []
  const read = readContent(inquiry, answered.content)
  return "problems" in read ? read.problems : []
}
