/** Messages between their arrival and the model that reads them: who is next, who waits at the gate, who was turned away. Pure. */
import { type Message, textOf, type UserMessage } from "../llm/message.ts"
import type { AgentContext, Mail } from "./agent-context.ts"
import type { AgentEvent, Failure } from "./events.ts"
import { saidOf } from "./said.ts"
import { narrowedBy, type Refusal, type Turn } from "./turn.ts"

type Box = Pick<AgentContext, "mail" | "transcript" | "turn">
type Admitted = Extract<AgentEvent, { type: "message.admitted" }>

export const mailOf = ({ id, content, at, gated }: Extract<AgentEvent, { type: "user.message" }>): Mail => ({
  message: { role: "user", id, content },
  at,
  ...(gated === true && { gate: "shut" })
})

/** Whether something waits that begins a turn. */
export const hasMail = ({ mail }: Pick<Box, "mail">): boolean => mail.some(({ held }) => held !== true)

/** Ids of messages that wait and whose end was not told. */
export const waiting = (mail: ReadonlyArray<Mail>): ReadonlyArray<string> =>
  mail.flatMap(({ message, held }) => (held === true ? [] : [message.id]))

/** Every waiting message becomes one of the turn's. */
const taken = (turn: Turn, mail: ReadonlyArray<Mail>): Turn => ({
  ...turn,
  messages: [...new Set([...turn.messages, ...waiting(mail)])]
})

/**
 * Every waiting message enters the conversation, behind the answers of the round before. While one must be admitted first, they are
 * only the turn's: nothing overtakes it.
 */
export const read = ({ mail, transcript, turn }: Box): Partial<Box> => {
  if (mail.length === 0) return {}
  if (mail.some(({ gate }) => gate !== undefined)) return { turn: taken(turn, mail) }
  const messages = mail.map(({ message }) => message)
  return {
    transcript: [...transcript, ...messages],
    turn: narrowedBy(taken(turn, mail), messages.map(textOf)),
    mail: []
  }
}

/** All that must be admitted is asked about now. */
export const asked = ({ mail, turn }: Box): Partial<Box> => ({
  turn: taken(turn, mail),
  mail: mail.map((one) => (one.gate === undefined ? one : { ...one, gate: "asked" }))
})

/** As the model reads it; what was typed is kept beside it where that is something else. */
export const admitted = ({ mail }: Box, { id, content }: Admitted): Partial<Box> => ({
  mail: mail.map((one) => {
    if (one.message.id !== id) return one
    const { gate: _, ...rest } = one
    return content === undefined ? rest : { ...rest, message: { ...one.message, content, typed: textOf(one.message) } }
  })
})

/** Out, and remembered until it is told. */
export const refused = ({ mail, turn }: Box, id: string, failure: Failure): Partial<Box> => {
  const refusals: ReadonlyArray<Refusal> = mail.flatMap(({ message }) =>
    message.id === id ? [{ text: saidOf(message).text, failure }] : []
  )
  return {
    mail: mail.filter(({ message }) => message.id !== id),
    turn: { ...turn, refused: [...(turn.refused ?? []), ...refusals] }
  }
}

/** Whether the turn has something that a model can be asked about. */
export const isServing = ({ mail, transcript, turn }: Box): boolean => {
  const isServed = (message: Message): boolean => message.role === "user" && turn.messages.includes(message.id)
  return turn.rounds > 0 || transcript.some(isServed) || mail.some(({ message }) => isServed(message))
}

/** The turn is cancelled: what was not admitted is gone with it, the rest of it has been said. What came later, or before, waits on. */
export const dropped = ({ mail, transcript, turn }: Box): Partial<Box> => {
  const isOfTurn = ({ message }: Mail): boolean => turn.messages.includes(message.id)
  const said: ReadonlyArray<UserMessage> = mail.flatMap((one) =>
    isOfTurn(one) && one.gate === undefined ? [one.message] : []
  )
  return { transcript: [...transcript, ...said], mail: mail.filter((one) => !isOfTurn(one)) }
}

/** It waits for the next turn, which reads it once it is admitted and does not serve it: its end was told. */
const held = (one: Mail): Mail =>
  one.gate === undefined ? { ...one, held: true } : { ...one, gate: "shut", held: true }

/** After the end of a turn: what it was to answer and nobody read. */
export const kept = ({ mail, turn }: Pick<Box, "mail" | "turn">): ReadonlyArray<Mail> =>
  mail.map((one) => (turn.messages.includes(one.message.id) ? held(one) : one))

/** The process is gone: what waits enters the conversation, but for what nobody has admitted. */
export const recovered = (
  mail: ReadonlyArray<Mail>
): Pick<Box, "mail"> & { readonly said: ReadonlyArray<UserMessage> } => ({
  said: mail.flatMap(({ message, gate }) => (gate === undefined ? [message] : [])),
  mail: mail.flatMap((one) => (one.gate === undefined ? [] : [held(one)]))
})
