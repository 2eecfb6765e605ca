/** How `run` turns what it hears into output; one file for each format. */
import type { AgentNotice, TerminalNotice } from "../../machines/events.ts"

export interface Reporter {
  readonly hear: (notice: AgentNotice) => void
  /** Called once, with the notice that ends the turn; `hear` got it before. */
  readonly end: (notice: TerminalNotice) => void
}
