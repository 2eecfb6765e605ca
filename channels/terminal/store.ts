/** Holds the state of the chat, and tells the screen of it: of a key at once, of notices at most thirty times a second. */
import type { Action, Effect, State } from "./screen/state.ts"
import { update } from "./screen/update.ts"

export interface Store {
  /** What the screen shows now. */
  readonly get: () => State
  readonly subscribe: (listener: () => void) => () => void
  readonly dispatch: (action: Action) => void
  /** While somebody else has the terminal the screen learns nothing; calls nest. */
  readonly hold: () => () => void
  readonly isHeld: () => boolean
  /** Newer than `get` by what the screen has not been told yet. */
  readonly current: () => State
}

/** Milliseconds between two frames of a stream. */
const frame = 33

export const createStore = (start: State, perform: (effect: Effect) => void): Store => {
  let [state, shown] = [start, start]
  let held = 0
  let timer: NodeJS.Timeout | undefined
  const listeners = new Set<() => void>()

  const show = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (held > 0 || shown === state) return
    shown = state
    for (const listener of listeners) listener()
  }

  const dispatch = (action: Action): void => {
    const step = update(state, action)
    state = step.state
    if (action.type === "notice" || action.type === "status") timer ??= setTimeout(show, frame)
    else show()
    step.effects.forEach(perform)
  }

  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  const hold = (): (() => void) => {
    held++
    let released = false
    return () => {
      if (!released) held--
      released = true
      show()
    }
  }

  return { get: () => shown, current: () => state, subscribe, dispatch, hold, isHeld: () => held > 0 }
}
