/** A point of a conversation, as trees of sessions show it. */
export interface SessionNode {
  readonly id: string
  /** `null`: the beginning. */
  readonly parent_id: string | null
  /** What was said there, as text. */
  readonly message: string
  /** Nodes that follow it, oldest first. */
  readonly children: ReadonlyArray<string>
  /** What the user called it; empty when nobody did. */
  readonly label: string
  readonly metadata: {
    readonly role: "user" | "assistant" | "summary"
    /** The conversation goes on from here. */
    readonly head: boolean
  }
  /** Milliseconds since the Unix epoch. */
  readonly created_at: number
}
