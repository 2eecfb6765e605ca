/** Runs the chat on a terminal that can move its cursor. */
import { once } from "node:events"
import { render } from "ink"
import { createElement } from "react"
import type { Session } from "../../actors/session-host.ts"
import { App, type Suspend } from "./app.ts"
import type { ChatOptions } from "./chat.ts"
import { converse } from "./conversation.ts"
import { endInOrder } from "./endings.ts"
import { editText } from "./external-editor.ts"
import { openPager, type PagerOptions, type Terminal } from "./pager.ts"
import type { Theme } from "./paint.ts"
import { complain, perform, type World } from "./perform.ts"
import { wipe } from "./reflow.ts"
import type { Screen } from "./screen.ts"
import { initial } from "./state.ts"
import { statusOf } from "./status.ts"
import { createStore, type Store } from "./store.ts"
import { everything, type Item } from "./view.ts"

export interface RunOptions {
  readonly options: ChatOptions
  readonly session: Session
  readonly theme: Theme
  readonly banner: Item
  readonly terminal: Terminal
}

/** @returns the id of the session that was left, `undefined` when nothing was said in it. */
export const run = async ({ options, session, theme, banner, terminal }: RunOptions): Promise<string | undefined> => {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  let suspend: Suspend = (use) => use()
  const onTerminal: World["onTerminal"] = (effect) => void handOver(effect, store, suspend, { terminal, theme })
  const world: World = { options, leave, onTerminal, store: () => store, conversation: () => conversation }
  const { stdout } = terminal
  const { show_thinking: thinkingShown, show_tool_calls: callsShown } = options.ui
  const size = () => ({ columns: stdout.columns, rows: stdout.rows })
  const store = createStore(
    initial({ status: statusOf(session.view()), thinkingShown, callsShown, ...size() }),
    (effect) => perform(effect, world)
  )
  store.dispatch({ type: "item", item: banner })
  const conversation = converse(session, options.open, store.dispatch)

  let drawn: Screen = { lines: [] }
  const app = createElement(App, {
    store,
    theme,
    onReady: (given) => void (suspend = given),
    onDraw: (screen) => void (drawn = screen)
  })
  const instance = render(app, {
    ...terminal,
    exitOnCtrlC: false,
    interactive: true,
    incrementalRendering: true,
    maxFps: 60,
    kittyKeyboard: { mode: "auto" }
  })
  // Before Ink's own listener, which would draw the old rows once more.
  const resized = (): void => {
    if (stdout.columns < store.get().columns) {
      stdout.write(wipe(drawn, stdout.columns, process.env))
      instance.clear()
    }
    store.dispatch({ type: "resized", ...size() })
  }
  stdout.prependListener("resize", resized)
  const close = async (): Promise<void> => {
    stdout.off("resize", resized)
    instance.clear()
    instance.unmount()
    await conversation.close()
  }
  const stop = endInOrder(["SIGTERM", "SIGHUP", "SIGINT"], close)
  try {
    // A crash of the interface rejects here; the terminal is already restored then.
    await Promise.race([left, instance.waitUntilExit()])
    await instance.waitUntilRenderFlush()
  } finally {
    await close()
    stop()
  }
  return conversation.resumable()
}

type TerminalEffect = Parameters<World["onTerminal"]>[0]

/** Hands the terminal to somebody else; what is printed meanwhile would be lost, so the screen learns of it afterwards. */
const handOver = async (
  effect: TerminalEffect,
  store: Store,
  suspend: Suspend,
  { terminal, theme }: Pick<RunOptions, "terminal" | "theme">
): Promise<void> => {
  const release = store.hold()
  try {
    await suspend(async () => {
      if (effect.type === "view-transcript") await openPager(terminal, pagerOf(store, theme))
      else if (effect.type === "edit") store.dispatch({ type: "edited", text: await editText(effect.text) })
      else await stopProcess()
    })
  } catch (error) {
    complain(store, error)
  } finally {
    release()
  }
}

/** Ctrl-z: stops the whole foreground group as the terminal would, because a shell waits for its leader. */
const stopProcess = async (): Promise<void> => {
  const back = once(process, "SIGCONT")
  // Waiting for a signal alone does not keep Node alive.
  const alive = setInterval(() => undefined, 60_000)
  process.kill(0, "SIGTSTP")
  await back
  clearInterval(alive)
}

const pagerOf = (store: Store, theme: Theme): PagerOptions => ({
  items: () => everything(store.current().view),
  thinking: true,
  theme,
  alert: () =>
    store.current().view.questions.length > 0 ? "the agent waits for your answer: esc goes back to it" : undefined
})
