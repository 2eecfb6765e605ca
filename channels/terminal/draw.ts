/** Ink on a real terminal: what it draws when the window changes, and how it gives the terminal away and takes it back. */
import { render } from "ink"
import { createElement } from "react"
import { App, itemOptions, type Suspend } from "./app.ts"
import { lastLines } from "./text/item.ts"
import type { Terminal } from "./options.ts"
import { paint, type Theme } from "./text/paint.ts"
import { wipe } from "./text/reflow.ts"
import { type Screen, screen } from "./screen/screen.ts"
import type { Store } from "./store.ts"

export interface Drawing {
  /** Gives the terminal to somebody else until the promise settles. What is printed meanwhile appears afterwards. */
  readonly handOver: (use: () => Promise<void>) => Promise<void>
  /** Settles when everything told to the screen is written. */
  readonly flushed: () => Promise<void>
  /** Rejects when the interface crashed; the terminal is restored then. */
  readonly crashed: Promise<unknown>
  /** Takes the changing part off the screen and restores the terminal. */
  readonly close: () => void
}

export const draw = (store: Store, theme: Theme, { stdin, stdout }: Terminal): Drawing => {
  let suspend: Suspend = (use) => use()
  let drawn: Screen = { lines: [] }
  const onReady = (given: Suspend): void => void (suspend = given)
  const onDraw = (now: Screen): void => void (drawn = now)
  const app = createElement(App, { store, theme, onReady, onDraw })
  // Before anything is drawn: Ink does it a moment after the first frame, and what is typed then would be echoed over it.
  stdin.setRawMode(true)
  const others = stdout.listeners("resize")
  const instance = render(app, {
    stdin,
    stdout,
    exitOnCtrlC: false,
    interactive: true,
    // Stray console output would otherwise tear the screen.
    patchConsole: stdout === process.stdout,
    incrementalRendering: true,
    maxFps: 60,
    kittyKeyboard: { mode: "auto" }
  })
  // Ink would draw the old rows once more, at a size they were not made for.
  for (const listener of stdout.listeners("resize"))
    if (!others.includes(listener)) stdout.off("resize", listener as () => void)

  const resized = (): void => {
    const { columns, rows } = stdout
    const before = store.get()
    store.dispatch({ type: "resized", columns, rows })
    if (store.isHeld()) return
    const isSmaller = columns < before.columns || rows < before.rows
    const text = repainted(store, theme) ?? (isSmaller ? wipe(drawn, columns, process.env) : undefined)
    if (text !== undefined) {
      instance.clear()
      stdout.write(text)
    }
    // At once: a frame that waits to be drawn must not be one of the old size.
    instance.rerender(app)
  }
  stdout.on("resize", resized)

  return {
    handOver: async (use) => {
      const release = store.hold()
      try {
        await suspend(use)
      } finally {
        release()
      }
    },
    flushed: () => instance.waitUntilRenderFlush(),
    crashed: instance.waitUntilExit(),
    close: () => {
      stdout.off("resize", resized)
      instance.clear()
      instance.unmount()
    }
  }
}

/**
 * Everything in sight, drawn anew at the window's size: when the conversation is longer than the screen, all that is seen
 * is ours. `undefined` when it is not: what stands above belongs to the shell.
 */
const repainted = (store: Store, theme: Theme): string | undefined => {
  const state = store.current()
  const lines = lastLines(state.view.done, state.rows, itemOptions(state, theme))
  if (lines.length < state.rows) return undefined
  const frame = screen(state, { now: Date.now(), links: theme.links }).lines.length
  const above = lines.slice(frame + 1 - state.rows)
  return `\u001b[H\u001b[J${above.map((line) => `${paint(line, theme)}\r\n`).join("")}`
}
