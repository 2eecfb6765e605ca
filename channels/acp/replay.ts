/** A conversation told again from the journal, for an editor that shows it anew: every message, also those that a summary replaced. */
import type { ClientCapabilities, SessionUpdate } from "@agentclientprotocol/sdk"
import type { Journal } from "../../actors/journal.ts"
import { toldIn } from "../../actors/told.ts"
import type { UserMessage } from "../../llm/message.ts"
import { updatesOf } from "./updates.ts"

/** Those that lead to where the session stands, in their order. */
export function* replayOf(
  journal: Pick<Journal, "read">,
  id: string,
  place: { readonly cwd: string; readonly capabilities: ClientCapabilities }
): Generator<SessionUpdate> {
  const updates = updatesOf({ ...place, asides: false })
  for (const { row, notices } of toldIn(() => journal.read(id))) {
    const { event } = row
    if (event.type === "user.message") yield* said(event)
    // What was streamed comes whole with the reply.
    for (const notice of notices) yield* updates.of(notice)
  }
}

const said = ({ id, content }: Pick<UserMessage, "id" | "content">): ReadonlyArray<SessionUpdate> =>
  content.map((block) => ({
    sessionUpdate: "user_message_chunk",
    messageId: id,
    content:
      block.type === "text"
        ? { type: "text", text: block.text }
        : { type: "image", data: block.data, mimeType: block.mime }
  }))
