/** The chat as an Ink program: what is done is printed once above, what changes is drawn below. */
import { Static, Text, useAnimation, useApp, useCursor, useInput, usePaste } from "ink"
import {
  createElement as h,
  Fragment,
  type ReactElement,
  useEffect,
  useLayoutEffect,
  useSyncExternalStore
} from "react"
import { type ItemOptions, printed } from "./text/item.ts"
import { readKeys } from "./screen/keys.ts"
import { paintAll, type Theme } from "./text/paint.ts"
import { type Screen, screen } from "./screen/screen.ts"
import type { State } from "./screen/state.ts"
import type { Store } from "./store.ts"
import { isBusy, type Item } from "./view/view.ts"

/** Hands the terminal to somebody else and takes it back when the promise settles. */
export type Suspend = (use: () => Promise<void>) => Promise<void>

export interface AppProps {
  readonly store: Store
  readonly theme: Theme
  /** Called once, when the terminal can be handed over. */
  readonly onReady: (suspend: Suspend) => void
  /** What is on the screen from now on. */
  readonly onDraw: (screen: Screen) => void
}

/** How items are printed into the scrollback. */
export const itemOptions = ({ columns, thinkingShown, callsShown }: State, { links }: Theme): ItemOptions => ({
  width: Math.max(10, columns - 1),
  links,
  thinking: thinkingShown,
  calls: callsShown,
  expanded: false
})

export const App = ({ store, theme, onReady, onDraw }: AppProps): ReactElement => {
  const state = useSyncExternalStore(store.subscribe, store.get)
  const { suspendTerminal } = useApp()
  const { setCursorPosition } = useCursor()
  // Draws again while time is shown; nothing runs while the chat is idle.
  useAnimation({
    interval: 100,
    isActive: (isBusy(state.view) && state.view.questions.length === 0) || state.running !== undefined
  })

  useEffect(() => onReady(async (use) => void (await suspendTerminal(use))), [onReady, suspendTerminal])
  useInput((input, key) => {
    for (const pressed of readKeys(input, key)) store.dispatch({ type: "key", key: pressed, now: Date.now() })
  })
  usePaste((text) => store.dispatch({ type: "paste", text, now: Date.now() }))

  const drawn = screen(state, { now: Date.now(), links: theme.links })
  setCursorPosition(drawn.cursor)
  useLayoutEffect(() => onDraw(drawn))
  const options = itemOptions(state, theme)
  const print = (_: Item, index: number) => {
    const done = printed(state.view.done, index, options)
    return done.length === 0 ? null : h(Text, { key: index, wrap: "truncate" }, paintAll(done, theme))
  }
  return h(
    Fragment,
    null,
    // Ink wants a mutable array and does not change it.
    h(Static<Item>, { items: state.view.done as Array<Item>, children: print }),
    h(Text, { wrap: "truncate" }, paintAll(drawn.lines, theme))
  )
}
