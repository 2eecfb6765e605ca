/**
 * Keeps the widgets of plugins fresh while the chat is open: each in its own time, never twice at once, never more often
 * than once a second. Where there are none nothing runs, and a text that stays the same draws nothing.
 */
import type { OfferedWidget, SessionExtensions } from "../../actors/session-extensions.ts"
import type { WidgetText } from "./screen/widgets.ts"

export interface Widgets {
  /** Looks which there are now. */
  readonly refresh: () => void
  /** Renders all of them soon: a turn has ended, or another session is shown. */
  readonly renew: () => void
  readonly close: () => void
}

/** Milliseconds between two renderings of one widget. */
const least = 1000

interface Live {
  readonly widget: OfferedWidget
  /** Milliseconds since the Unix epoch; 0 before the first time. */
  renderedAt: number
  isRendering: boolean
  timer: NodeJS.Timeout | undefined
  text: string
}

/** @param tell Told whenever a text changes. */
export const renderWidgets = (
  extensions: () => SessionExtensions,
  tell: (widgets: ReadonlyArray<WidgetText>) => void
): Widgets => {
  const lives = new Map<string, Live>()
  let isClosed = false

  const show = (): void =>
    tell([...lives.values()].flatMap(({ widget: { plugin, name, place }, text }) => [{ plugin, name, place, text }]))

  const render = async (key: string, live: Live): Promise<void> => {
    live.isRendering = true
    live.renderedAt = Date.now()
    const { plugin, name, every } = live.widget
    // The session tells what is wrong with one that fails.
    const text = await extensions()
      .renderWidget(plugin, name)
      .catch(() => "")
    live.isRendering = false
    if (isClosed || lives.get(key) !== live) return
    if (text !== live.text) {
      live.text = text
      show()
    }
    schedule(key, live, every * 1000)
  }

  const schedule = (key: string, live: Live, every: number): void => {
    clearTimeout(live.timer)
    const due = live.renderedAt + Math.max(least, every) - Date.now()
    live.timer = setTimeout(() => void render(key, live), Math.max(0, due)).unref()
  }

  const drop = (key: string, live: Live): void => {
    clearTimeout(live.timer)
    lives.delete(key)
  }

  const refresh = (): void => {
    if (isClosed) return
    const offered = new Map(
      extensions()
        .widgets()
        .map((widget) => [keyOf(widget), widget])
    )
    const gone = [...lives].filter(([key]) => !offered.has(key))
    gone.forEach(([key, live]) => drop(key, live))
    for (const [key, widget] of offered) {
      if (lives.has(key)) continue
      const live: Live = { widget, renderedAt: 0, isRendering: false, timer: undefined, text: "" }
      lives.set(key, live)
      schedule(key, live, 0)
    }
    if (gone.some(([, { text }]) => text !== "")) show()
  }

  return {
    refresh,
    renew: () => {
      refresh()
      for (const [key, live] of lives) if (!live.isRendering) schedule(key, live, 0)
    },
    close: () => {
      isClosed = true
      for (const [key, live] of lives) drop(key, live)
    }
  }
}

/** Another place or time makes it another widget. */
const keyOf = ({ plugin, name, place, every }: OfferedWidget): string => JSON.stringify([plugin, name, place, every])
