/** Commands of plugins as one client may see them, and told again when they are others, at most once a second. */
import type { Session } from "../../actors/session-host.ts"
import type { OutFrame } from "./frames.ts"
import type { Desk } from "./parts.ts"
import { isOperator, type User } from "./wire.ts"

export type Offered = Extract<OutFrame, { type: "commands" }>["commands"]

/**
 * Whether a user's word may run a plugin's code, which nobody is asked about: where the server only lets look, not that of guests.
 * What is said is not run: it is a message.
 */
export const mayRun = ({ place }: Pick<Desk, "place">, user: User): boolean =>
  isOperator(user) || place.permissions !== "plan"

/** Commands of one session that are told at most. */
const most = 1000

export const offersFor = (
  desk: Pick<Desk, "place">,
  user: User,
  { extensions }: Pick<Session, "extensions">
): Offered =>
  extensions
    .commands()
    .filter(({ said }) => said === true || mayRun(desk, user))
    .slice(0, most)
    .map(({ plugin, name, description, argument, said }) => ({
      name,
      description: description.slice(0, 1000),
      argument: argument.slice(0, 200),
      plugin,
      ...(said === true && { said })
    }))

export interface OffersParts {
  readonly look: () => Offered
  /** What `look` gives may be something else. */
  readonly changes: Session["extensions"]["changes"]
  readonly tell: (commands: Offered) => void
  readonly isFree: () => boolean
  readonly later: Desk["clock"]["later"]
}

/** Milliseconds. */
const beat = 1000

/** From what is seen now. @returns how to end it. */
export const watchOffers = ({ look, changes, tell, isFree, later }: OffersParts): (() => void) => {
  let told = JSON.stringify(look())
  let isDue = false
  let cancel: (() => void) | undefined

  const tick = (): void => {
    cancel = undefined
    if (!isDue) return
    cancel = later(beat, tick)
    if (!isFree()) return
    isDue = false
    const now = look()
    const print = JSON.stringify(now)
    if (print === told) return
    told = print
    tell(now)
  }
  const link = changes.subscribe(() => {
    isDue = true
    if (cancel === undefined) tick()
  })
  return () => {
    link.unsubscribe()
    cancel?.()
  }
}
