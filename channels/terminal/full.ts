/** Runs the chat on a terminal that can move its cursor. */
import { once } from "node:events"
import { render } from "ink"
import { createElement } from "react"
import type { Session } from "../../actors/session-host.ts"
import { App, type Suspend } from "./app.ts"
import type { ChatOptions } from "./chat.ts"
import { converse, type Conversation } from "./conversation.ts"
import { endInOrder } from "./endings.ts"
import { editText } from "./external-editor.ts"
import { listFiles } from "./files.ts"
import { openPager, type Terminal } from "./pager.ts"
import type { Theme } from "./paint.ts"
import { wipe } from "./reflow.ts"
import type { Screen } from "./screen.ts"
import { type Effect, initial } from "./state.ts"
import { statusOf } from "./status.ts"
import { createStore, type Store } from "./store.ts"
import { isBusy, type Item, type View } from "./view.ts"

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
  const world: World = { options, theme, terminal, leave, suspend: (use) => suspend(use) }
  const { ui } = options
  const { stdout } = terminal
  const store = createStore(
    initial({ status: statusOf(session.view()), thinkingShown: ui.show_thinking, callsShown: ui.show_tool_calls, columns: stdout.columns, rows: stdout.rows }),
    (effect) => perform(effect, store, conversation, world)
  )
  store.dispatch({ type: "item", item: banner })
  const conversation: Conversation = converse(session, options.open, store.dispatch)

  let drawn: Screen = { lines: [] }
  const app = createElement(App, { store, theme, onReady: (given) => void (suspend = given), onDraw: (screen) => void (drawn = screen) })
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
    const size = { columns: stdout.columns, rows: stdout.rows }
    if (size.columns < store.get().columns) {
      stdout.write(wipe(drawn, size.columns, process.env))
      instance.clear()
    }
    store.dispatch({ type: "resized", ...size })
  }
  stdout.prependListener("resize", resized)
  const close = async (): Promise<void> => {
    stdout.off("resize", resized)
    instance.clear()
    instance.unmount()
    await conversation.close()
  }
  const stop = endInOrder(close)
  try {
    // A crash of the interface rejects here; the terminal is already restored then.
    await Promise.race([left, instance.waitUntilExit()])
    await instance.waitUntilRenderFlush()
  } finally {
    await close()
    stop()
  }
  const { id, transcript } = conversation.view()
  return transcript.length > 0 ? id : undefined
}

interface World {
  readonly options: ChatOptions
  readonly theme: Theme
  readonly terminal: Terminal
  readonly leave: () => void
  readonly suspend: Suspend
}

const perform = (effect: Effect, store: Store, conversation: Conversation, world: World): void => {
  switch (effect.type) {
    case "say":
      return conversation.say(effect.text)
    case "send":
      return conversation.send(effect.event)
    case "open":
      return void conversation.change(effect.id)
    case "fetch":
      return void fetch(effect.what, store, world.options)
    case "view-transcript":
      return void handOver(store, world, () => openPager(world.terminal, pagerOf(store, world.theme)))
    case "edit":
      return void handOver(store, world, async () => store.dispatch({ type: "edited", text: await editText(effect.text) }))
    case "suspend":
      return void handOver(store, world, async () => {
        const back = once(process, "SIGCONT")
        // The whole foreground group, as the terminal does it: a shell waits for its leader.
        process.kill(0, "SIGTSTP")
        await back
      })
    case "wake":
      return void setTimeout(() => store.dispatch({ type: "tick", now: Date.now() }), effect.after).unref()
    case "leave":
      return world.leave()
  }
}

const fetch = async (what: "files" | "models" | "sessions", store: Store, options: ChatOptions): Promise<void> => {
  try {
    if (what === "files") store.dispatch({ type: "files", files: await listFiles(options.cwd) })
    if (what === "models") store.dispatch({ type: "models", models: await options.models() })
    if (what === "sessions") store.dispatch({ type: "sessions", sessions: options.sessions(), now: Date.now() })
  } catch (error) {
    complain(store, error)
  }
}

const complain = (store: Store, error: unknown): void =>
  store.dispatch({ type: "item", item: { kind: "note", tone: "bad", text: error instanceof Error ? error.message : String(error) } })

/** What is printed meanwhile would be lost: the screen learns of it when the terminal is ours again. */
const handOver = async (store: Store, { suspend }: World, use: () => Promise<void>): Promise<void> => {
  const release = store.hold()
  try {
    await suspend(use)
  } catch (error) {
    complain(store, error)
  } finally {
    release()
  }
}

const pagerOf = (store: Store, theme: Theme) => ({
  items: () => everything(store.current().view),
  thinking: true,
  theme,
  alert: () => (store.current().view.questions.length > 0 ? "the agent waits for your answer: esc goes back to it" : undefined)
})

/** What is printed, what is too old to be printed, and what is still being written. */
const everything = ({ before, done, open, calls, ...view }: View): ReadonlyArray<Item> => [
  ...before,
  ...done,
  ...(open.text.trim() === "" ? [] : [{ kind: "prose", markdown: open.text, glued: open.glued, first: !view.opened } as const]),
  ...(isBusy({ before, done, open, calls, ...view }) ? calls : []).map(({ call, tail, settled }): Item => ({
    kind: "call",
    call,
    answer: settled?.answer ?? { success: true, data: tail, summary: "still running" }
  }))
]
