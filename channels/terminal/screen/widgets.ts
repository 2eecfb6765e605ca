/** What widgets of plugins say, as rows above the prompt and words in the status line. Their text is a stranger's. */
import { clean, type Line, say, truncate } from "../text/text.ts"

export interface WidgetText {
  readonly plugin: string
  readonly name: string
  readonly place: "above" | "status"
  readonly text: string
}

/** Rows of one widget above the prompt. */
const most = 5

/** Columns of one in the status line. */
const statusWidth = 40

/** Characters of one text that are looked at: what does not fit is not worth measuring. */
const limit = 4000

const textsOf = (widgets: ReadonlyArray<WidgetText>, place: WidgetText["place"]): ReadonlyArray<string> =>
  widgets
    .filter((widget) => widget.place === place)
    .map(({ text }) => clean(text.slice(0, limit)).trimEnd())
    .filter((text) => text.trim() !== "")

/** @param room Rows for all of them. */
export const widgetLines = (widgets: ReadonlyArray<WidgetText>, width: number, room: number): ReadonlyArray<Line> =>
  textsOf(widgets, "above")
    .flatMap((text) => text.split("\n").slice(0, most))
    .slice(0, Math.max(0, room))
    .map((row) => truncate(say(row, { dim: true }), width))

export const widgetWords = (widgets: ReadonlyArray<WidgetText>): ReadonlyArray<Line> =>
  textsOf(widgets, "status").map((text) => truncate(say(text.replace(/\s+/g, " ").trim(), { dim: true }), statusWidth))
