/** What views may do. */
import type { InFrame, OutFrame } from "../../wire/frames.ts"
import type { Happening } from "./happening.ts"
import type { Route } from "./route.ts"
import type { State } from "./state.ts"

/** A frame that has a direct answer, which the connection asks for with a `request_id` of its own. */
export type Ask = Exclude<InFrame, { type: "auth" }>

export interface App {
  readonly state: () => State
  readonly dispatch: (happening: Happening) => void
  /** False: there is no connection now, and it was not sent. */
  readonly send: (frame: InFrame) => boolean
  /**
   * The answer to a frame, which passes through the store as well. Never rejects: without a connection or an answer in
   * 30 seconds it is an `error` frame of the code `unanswered`.
   */
  readonly ask: (frame: Ask) => Promise<OutFrame>
  /** @param replace Without a step in the browser's history. */
  readonly go: (route: Route, how?: { readonly replace: boolean }) => void
  /** Takes this key and connects; `undefined`: tries without. */
  readonly enter: (key: string | undefined, remember: boolean) => void
  /** Forgets the key and ends the connection. */
  readonly leave: () => void
  /** Tries at once, instead of waiting. */
  readonly hurry: () => void
}

/** A view's part in what happens besides its state: asking for what it shows, reacting to what came. */
export type React = (app: App, happening: Happening, before: State) => void
