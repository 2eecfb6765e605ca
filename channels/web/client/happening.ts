/** All that can happen to the console: what the server says, what the user does, what time does. */
import type { OutFrame } from "../../wire/frames.ts"
import type { ChatHappening } from "./chat/model.ts"
import type { Link } from "./link.ts"
import type { MendsHappening } from "./mends/model.ts"
import type { Route } from "./route.ts"
import type { SessionsHappening } from "./sessions/model.ts"
import type { SupervisionHappening } from "./supervision/model.ts"
import type { Theme } from "./theme.ts"

export type Happening =
  | { readonly type: "link"; readonly link: Link }
  /** Everything the server says passes here, also answers that somebody waits for. */
  | { readonly type: "frame"; readonly frame: OutFrame }
  | { readonly type: "went"; readonly route: Route }
  | { readonly type: "themed"; readonly theme: Theme }
  /** To be read out to those who cannot see it. */
  | { readonly type: "told"; readonly text: string }
  /** A second has passed, while a view counts seconds. */
  | { readonly type: "ticked" }
  | ChatHappening
  | SessionsHappening
  | SupervisionHappening
  | MendsHappening
