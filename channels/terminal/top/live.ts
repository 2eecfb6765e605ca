/** `kintsugi top` on a terminal: a screen of its own, drawn anew every second and with every key. */
import { setTimeout as pause } from "node:timers/promises"
import { render, Text, useInput } from "ink"
import { createElement as h, type ReactElement, useSyncExternalStore } from "react"
import type { Seen } from "../../health/look.ts"
import type { Terminal } from "../options.ts"
import { readKeys } from "../screen/keys.ts"
import { paintAll, type Theme } from "../text/paint.ts"
import { type Top, topScreen } from "./screen.ts"
import { type TopAction, updateTop } from "./update.ts"

/** Milliseconds between two looks. */
const beat = 1000

/** @returns when the user has left. */
export const watch = async (
  { stdin, stdout }: Terminal,
  theme: Theme,
  look: () => Promise<ReadonlyArray<Seen>>
): Promise<void> => {
  const store = createStore(blank(stdout))
  store.dispatch({ type: "seen", seen: await look(), now: Date.now() })
  const left = new AbortController()
  const drawing = draw({ stdin, stdout }, h(App, { store, theme }), store)
  store.subscribe(() => {
    if (store.get().leaving) left.abort()
  })
  try {
    await Promise.race([lookOn(store, look, left.signal), drawing.ended])
  } finally {
    left.abort()
    drawing.close()
  }
}

const blank = ({ columns, rows }: NodeJS.WriteStream): Top => ({
  seen: [],
  chosen: undefined,
  scroll: 0,
  columns,
  rows,
  now: 0,
  leaving: false
})

const lookOn = async (store: Store, look: () => Promise<ReadonlyArray<Seen>>, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await pause(beat, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) store.dispatch({ type: "seen", seen: await look(), now: Date.now() })
  }
}

interface Store {
  readonly get: () => Top
  readonly subscribe: (listener: () => void) => () => void
  readonly dispatch: (action: TopAction) => void
}

const createStore = (start: Top): Store => {
  let top = start
  const listeners = new Set<() => void>()
  return {
    get: () => top,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    dispatch: (action) => {
      top = updateTop(top, action)
      for (const listener of listeners) listener()
    }
  }
}

const App = ({ store, theme }: { readonly store: Store; readonly theme: Theme }): ReactElement => {
  const top = useSyncExternalStore(store.subscribe, store.get)
  useInput((input, key) => {
    for (const pressed of readKeys(input, key)) store.dispatch({ type: "key", key: pressed })
  })
  return h(Text, { wrap: "truncate" }, paintAll(topScreen(top), theme))
}

const draw = ({ stdin, stdout }: Terminal, app: ReactElement, store: Store) => {
  const instance = render(app, {
    stdin,
    stdout,
    exitOnCtrlC: false,
    interactive: true,
    alternateScreen: true,
    patchConsole: false,
    incrementalRendering: true
  })
  const resized = (): void => {
    // The terminal may have broken and moved the old rows: all is drawn anew.
    instance.clear()
    stdout.write("\u001b[H\u001b[J")
    store.dispatch({ type: "resized", columns: stdout.columns, rows: stdout.rows })
  }
  stdout.on("resize", resized)
  return {
    /** Rejects when drawing crashed; the terminal is restored then. */
    ended: instance.waitUntilExit(),
    close: () => {
      stdout.off("resize", resized)
      instance.unmount()
    }
  }
}
