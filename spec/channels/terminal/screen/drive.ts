/** A chat that a spec drives by hand: keys and notices go in, the state and what it asks of the world come out. */
import type { AgentNotice, UserEvent } from "../../../../machines/events.ts"
import type { Key } from "../../../../channels/terminal/screen/keys.ts"
import { type Action, type Effect, initial, type State } from "../../../../channels/terminal/screen/state.ts"
import { statusOf } from "../../../../channels/terminal/screen/status.ts"
import { update } from "../../../../channels/terminal/screen/update.ts"
import { fakeSession } from "../fake-session.ts"

export const start = initial({
  status: statusOf(fakeSession().view()),
  thinkingShown: false,
  callsShown: true,
  columns: 80,
  rows: 24
})

/** Messages are sent as soon as they are said. */
export const drive = (from: State = start) => {
  let state = from
  const effects: Array<Effect> = []
  let now = 10_000
  const act = (action: Action): void => {
    const step = update(state, action)
    state = step.state
    effects.push(...step.effects)
    for (const effect of step.effects)
      if (effect.type === "say") act({ type: "sent", id: effect.text, text: effect.text, now })
  }
  const press = (name: string, held: Partial<Extract<Key, { type: "key" }>> = {}): void =>
    act({ type: "key", key: { type: "key", name, ...held }, now })
  const hand = {
    type: (text: string) => act({ type: "key", key: { type: "text", text }, now }),
    press,
    ctrl: (name: string) => press(name, { ctrl: true }),
    enter: (text = "") => {
      if (text !== "") hand.type(text)
      press("enter")
    },
    paste: (text: string) => act({ type: "paste", text, now }),
    notify: (...notices: ReadonlyArray<AgentNotice>) =>
      notices.forEach((notice) => act({ type: "notice", notice, now })),
    act,
    wait: (ms: number) => void (now += ms),
    state: () => state,
    /** Effects since the last look. */
    effects: () => effects.splice(0),
    sent: (): ReadonlyArray<UserEvent> =>
      effects.splice(0).flatMap((effect) => (effect.type === "send" ? [effect.event] : [])),
    notes: () => state.view.done.flatMap((item) => (item.kind === "note" ? [item.text] : []))
  }
  return hand
}
