/** How `run` turns what it hears into output; one file for each format. */
import type { AgentNotice, TerminalNotice } from "../../machines/events.ts"

export interface Reporter {
  readonly hear: (notice: AgentNotice) => void
  /** Called once, with the notice that ends the turn; `hear` got it before. */
  readonly end: (notice: TerminalNotice, closing?: Closing) => void
}

/** What the process will say of it; absent: nothing but success. */
export interface Closing {
  readonly exitCode: number
  /** Rules in `permissions.allow` that were lacked while nobody could be asked. */
  readonly needs: ReadonlyArray<string>
}
