/** How the question that is open is answered: key by key, by a line, by pasted text. */
import type { Question } from "../../../machines/events.ts"
import { readLine } from "../../form-line.ts"
import { answered, append, type Item } from "../view/view.ts"
import { fillLine, pasteInto } from "./form.ts"
import { inquiryRows, isInquiry, pressInquiry } from "./inquiry.ts"
import type { Key } from "./keys.ts"
import { type Asked, pressQuestion, questionBody, quiet, startAsking } from "./question.ts"
import { type State, type Step, step } from "./state.ts"

/** The first open question is the one that is asked; a new one waits for a pause in the typing. */
export const withQuestion = (state: State, now: number): State => {
  const [question] = state.view.questions
  if (question?.id === state.asking?.id) return state
  const { asking: _, ...rest } = state
  return question === undefined ? rest : { ...rest, asking: startAsking(question, now) }
}

/** Typing puts off the moment from which keys count as answers. */
export const delayed = (state: State, now: number): State =>
  state.asking === undefined
    ? state
    : { ...state, asking: { ...state.asking, readyAt: Math.max(state.asking.readyAt, now + quiet) } }

/** @returns `undefined` where no form is open that takes it. */
export const pasteAnswer = (state: State, text: string, now: number): State | undefined => {
  const { asking } = state
  if (asking?.form === undefined || now < asking.readyAt) return undefined
  return { ...state, asking: { ...asking, form: pasteInto(asking.form, text), isPaged: false } }
}

export const answer = (state: State, key: Key, now: number): Step => {
  const [question] = state.view.questions
  if (question === undefined || state.asking === undefined) return step(state)
  const width = Math.max(10, state.columns - 5)
  const asked = isInquiry(question)
    ? pressInquiry(state.asking, key, inquiryRows(question, state.asking.form, width).rows.length)
    : pressQuestion(state.asking, key, questionBody(question, width, state.status.cwd).length, question)
  return asked.type === "open" ? step({ ...state, asking: asked.asking }) : settle(state, question, asked, now)
}

/** An address that the user wants to open stays where it can be read. */
const settle = (state: State, question: Question, { decision, content }: Decided, now: number): Step => {
  const { id, inquiry } = question
  const view = answered(state.view, id)
  const isToOpen = inquiry?.url !== undefined && decision !== "deny"
  const note: Item = { kind: "note", tone: "plain", text: `To be opened by you: ${inquiry?.url}` }
  return step(withQuestion({ ...state, view: isToOpen ? append(view, note) : view }, now), {
    type: "send",
    event: { type: "permission.answered", id, decision, ...(content !== undefined && { content }) }
  })
}

type Decided = Extract<Asked, { type: "decided" }>

/** A line said to the form that is open, where keys cannot be read. */
export const fillForm = (state: State, text: string, now: number): Step => {
  const { asking, view } = state
  const [question] = view.questions
  const form = asking?.form
  if (question === undefined || asking === undefined || form === undefined) return step(state)
  const field = form.fields[form.at]
  if (field === undefined) return answer(state, { type: "key", name: "enter" }, now)
  const read = readLine(field, text)
  const problems = "problem" in read ? { [field.name]: read.problem } : {}
  const filled = "value" in read ? fillLine({ ...form, problems }, read.value) : { ...form, problems }
  return step({ ...state, asking: { ...asking, form: filled } })
}
