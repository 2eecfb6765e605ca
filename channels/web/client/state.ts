/** What the console knows, in one value; every view is drawn from it. */
import type { Chat } from "./chat/model.ts"
import type { Link, Me } from "./link.ts"
import type { Mends } from "./mends/model.ts"
import type { Route } from "./route.ts"
import type { Sessions } from "./sessions/model.ts"
import type { Supervision } from "./supervision/model.ts"
import type { Theme } from "./theme.ts"

export interface State {
  readonly link: Link
  /** Absent until the server has said it. */
  readonly me?: Me
  readonly route: Route
  readonly theme: Theme
  /** Milliseconds since the Unix epoch, of the newest happening. */
  readonly now: number
  /** Read out by screen readers. */
  readonly told: string
  readonly chat: Chat
  readonly sessions: Sessions
  readonly supervision: Supervision
  readonly mends: Mends
}
