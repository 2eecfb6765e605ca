/** What becomes of a conversation: a reply is heard, a loop is warned of, a summary takes the place of the rest, what a crash left is made whole. */
import type { AgentContext } from "./agent-context.ts"
import type { AgentEvent, Transcript } from "./events.ts"
import { factLines, factsIn, skillsIn } from "./facts.ts"
import { recovered } from "./mail.ts"
import { repetitions, repetitionWarning } from "./repetition.ts"
import { estimated } from "./room.ts"
import { closeCalls, compacted, interruptedReply } from "./transcript.ts"
import { interruptedAnswer } from "./turn.ts"

export type Reply = Extract<AgentEvent, { type: "model.replied" }>

export const heard = ({ transcript, turn, loop, floor }: AgentContext, { message, usage }: Reply) => {
  // Without the loop nobody would ever answer a call.
  const said = loop ? message : { ...message, content: message.content.filter((block) => block.type !== "call") }
  return {
    partial: "",
    transcript: [...transcript, said],
    turn: { ...turn, crowded: undefined },
    // Where the provider does not count, a rough size is better than none.
    contextUsed: usage === undefined ? estimated([...transcript, said]) : usage.input + usage.output,
    floor: floor ?? usage?.input ?? estimated(transcript)
  }
}

/**
 * The newest answer carries the warning: a message of its own would look like the user's.
 *
 * @param told Equal rounds in a row after which the model is told.
 */
export const warnedOfRepetition = (transcript: Transcript, told: number): Transcript => {
  const last = transcript.at(-1)
  if (last?.role !== "tool" || repetitions(transcript) !== told) return transcript
  return [
    ...transcript.slice(0, -1),
    { ...last, content: [...last.content, { type: "text", text: repetitionWarning }] }
  ]
}

/** @param kept How many of the newest messages stand below the summary. */
export const summarised = (
  { transcript, turn, facts, background }: AgentContext,
  { summary, kept = 0 }: { readonly summary: string; readonly kept?: number }
) => {
  const known = factsIn(transcript, facts)
  const stays = { newest: kept, served: turn.messages }
  const standing = skillsIn(compacted(transcript, "", stays))
  const text = [summary, factLines(known, background, standing)].filter((part) => part !== "").join("\n\n")
  return { transcript: compacted(transcript, text, stays), facts: known, contextUsed: 0, floor: undefined }
}

/** Whatever the journal left running is gone: the conversation is made whole without it, waiting messages included. */
export const madeWhole = ({ transcript, partial, model, started, mail: all }: AgentContext) => {
  const closed = closeCalls(interruptedReply(transcript, partial, model), interruptedAnswer(started))
  const { said, mail } = recovered(all)
  return { transcript: [...closed, ...said], mail }
}
