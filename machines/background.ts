/** Agents that work in the background: which there are, what came of them, and how a result reads as a message. */
import type { UserMessage } from "../llm/message.ts"
import type { AgentResult, BackgroundView } from "../plugins/ports.ts"

/** One that was started. Its id is that of its session. */
export type Background = Omit<BackgroundView, "delivered">

/** Ended ones that a session remembers; the sessions of earlier ones are still there. */
const remembered = 50

/** What an agent holds of them. */
interface Known {
  readonly background: ReadonlyArray<Background>
  readonly mail: ReadonlyArray<{ readonly message: UserMessage }>
}

export const isRunning = (background: ReadonlyArray<Background>, id: string): boolean =>
  background.some((one) => one.id === id && one.state === "running")

/** With the end of one of them; of the ended ones the newest stay. */
export const withResult = (
  background: ReadonlyArray<Background>,
  id: string,
  result: AgentResult
): ReadonlyArray<Background> => {
  const all = background.map((one): Background => (one.id === id ? { ...one, state: result.end, result } : one))
  const ended = all.filter(({ state }) => state !== "running")
  const forgotten = new Set(ended.slice(0, Math.max(0, ended.length - remembered)))
  return all.filter((one) => !forgotten.has(one))
}

/** Those that run are named; what ended on this branch of the conversation stays, what ended on another was told there. */
export const stillRunning = (
  background: ReadonlyArray<Background>,
  running: ReadonlyArray<Background>
): ReadonlyArray<Background> => [...background.filter(({ state }) => state !== "running"), ...running]

/** As others see them, oldest first. What waits in the mail is not delivered yet. */
export const backgroundViews = ({ background, mail }: Known): ReadonlyArray<BackgroundView> =>
  background.map((one) => ({
    ...one,
    delivered: one.state !== "running" && !mail.some(({ message }) => message.id === messageId(one.id))
  }))

const prefix = "background:"

const messageId = (id: string): string => `${prefix}${id}`

/** Whether a message is the result of a background agent, and not the user's. */
export const isFromBackground = (message: Pick<UserMessage, "id">): boolean => message.id.startsWith(prefix)

const endings: Readonly<Record<AgentResult["end"], string>> = {
  replied: "has ended",
  failed: "has failed",
  cancelled: "was stopped",
  timed_out: "took too long and was stopped",
  interrupted: "was cut off, because the program ended under it"
}

/** The result as the model reads it: nobody else can speak to it but the user, so it is said whose words these are. */
export const resultMessage = ({ id, description }: Background, { end, text }: AgentResult): UserMessage => {
  const name = description === "" ? id : `${JSON.stringify(description)} (${id})`
  const head = `[Background agent ${name} ${endings[end]}. This is its result, as a tool would answer it; the user did not say it.]`
  const foot = `[End of the result of ${id}.]`
  return { role: "user", id: messageId(id), content: [{ type: "text", text: `${head}\n\n${text}\n\n${foot}` }] }
}
