/** Runs the chat on a terminal that can move its cursor. */
import { once } from "node:events"
import { type Conversation, converse } from "./conversation.ts"
import { draw } from "./draw.ts"
import { endInOrder } from "./endings.ts"
import { extensionRuns, offerExtras } from "./extensions.ts"
import { editText } from "./external-editor.ts"
import type { RunOptions } from "./options.ts"
import { openPager, type PagerOptions } from "./pager.ts"
import type { Theme } from "./text/paint.ts"
import { complain, follow, perform, type World } from "./perform.ts"
import { initial } from "./screen/state.ts"
import { statusOf } from "./screen/status.ts"
import { createStore, type Store } from "./store.ts"
import { everything } from "./view/view.ts"
import { renderWidgets } from "./widgets.ts"

/** @returns the id of the session that was left, `undefined` when nothing was said in it. */
export const run = async ({ options, session, theme, banner, terminal }: RunOptions): Promise<string | undefined> => {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  const onTerminal: World["onTerminal"] = (effect) =>
    void drawing.handOver(() => use(effect, store, { terminal, theme })).catch((error) => complain(store, error))
  const world: World = {
    options,
    leave,
    onTerminal,
    store: () => store,
    conversation: () => conversation,
    runs: () => runs
  }
  const { columns, rows } = terminal.stdout
  const { show_thinking: thinkingShown, show_tool_calls: callsShown } = options.ui
  const store = createStore(
    initial({ status: statusOf(session.view()), thinkingShown, callsShown, columns, rows }),
    (effect) => perform(effect, world)
  )
  store.dispatch({ type: "item", item: banner })
  const extensions = () => conversation.session().extensions
  const runs = extensionRuns(extensions, store.dispatch)
  const widgets = renderWidgets(extensions, (texts) => store.dispatch({ type: "widgets", widgets: texts }))
  const conversation: Conversation = converse({
    session,
    cwd: options.cwd,
    open: options.open,
    dispatch: store.dispatch,
    blindness: options.blindness ?? (() => []),
    onExtensions: (shown, isTurnOver) => {
      offerExtras(shown, store)
      // The first time there is no conversation yet.
      queueMicrotask(isTurnOver ? widgets.renew : widgets.refresh)
    }
  })
  const link = follow(options, store)
  const drawing = draw(store, theme, terminal)
  const close = async (): Promise<void> => {
    link.unsubscribe()
    widgets.close()
    drawing.close()
    await conversation.close()
  }
  const endings = endInOrder(["SIGTERM", "SIGHUP", "SIGINT"], () => close().finally(options.release))
  try {
    await Promise.race([left, drawing.crashed])
    await endings.unlessEnding()
    await drawing.flushed()
  } finally {
    await close()
    endings.stopListening()
  }
  return conversation.resumable()
}

type TerminalEffect = Parameters<World["onTerminal"]>[0]

/** What needs the terminal for itself. */
const use = async (
  effect: TerminalEffect,
  store: Store,
  { terminal, theme }: Pick<RunOptions, "terminal" | "theme">
): Promise<void> => {
  if (effect.type === "view-transcript") await openPager(terminal, pagerOf(store, theme))
  else if (effect.type === "edit") store.dispatch({ type: "edited", text: await editText(effect.text) })
  else await stopProcess()
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
