/** The line under the prompt: what matters most stays when the width runs out. */
import type { Limits, Spent } from "../../../machines/events.ts"
import { reserveOf } from "../../../machines/room.ts"
import type { SessionView } from "../../../actors/session-host.ts"
import type { Mode } from "../../../plugins/permission.ts"
import { costWords, tokens } from "../text/numbers.ts"
import { clean, type Line, lineWidth, type Span, truncate } from "../text/text.ts"

export interface Status {
  readonly id: string
  readonly cwd: string
  readonly model: string
  readonly mode: Mode
  readonly spent: Spent
  readonly limits: Limits
  readonly contextUsed: number
  /** Tokens; absent when unknown. */
  readonly contextWindow?: number
  readonly tools: SessionView["tools"]
  /** Agents that work in the background. */
  readonly background: number
}

export const statusOf = ({
  id,
  cwd,
  model,
  modelInfo,
  permissions,
  spent,
  limits,
  contextUsed,
  tools,
  background
}: SessionView): Status => ({
  id,
  cwd,
  model,
  mode: permissions,
  spent,
  limits,
  contextUsed,
  ...(modelInfo.contextWindow !== undefined && { contextWindow: modelInfo.contextWindow }),
  tools,
  background: background.filter(({ state }) => state === "running").length
})

const modeStyles: Readonly<Record<Mode, Span["style"]>> = {
  plan: { tone: "info" },
  ask: {},
  edits: { tone: "warn" },
  auto: { tone: "bad", bold: true }
}

interface Field {
  readonly spans: Line
  /** Fields of the highest number go first when the width is short. */
  readonly rank: number
}

const fieldsOf = ({ mode, model, spent, contextUsed, contextWindow, id, background }: Status): ReadonlyArray<Field> => {
  const dim = (text: string): Line => [{ text, style: { dim: true } }]
  const { usage, cost } = spent
  const used = usage.input + usage.output > 0
  return [
    { spans: [{ text: mode, style: modeStyles[mode] }], rank: 0 },
    { spans: dim(clean(model)), rank: 1 },
    { spans: background === 0 ? [] : [{ text: `${background} in background`, style: { tone: "info" } }], rank: 2 },
    { spans: contextOf(contextUsed, contextWindow), rank: 2 },
    { spans: cost === undefined || used ? dim(costWords(spent)) : [], rank: 3 },
    { spans: used ? dim(`${tokens(usage.input)} in ${tokens(usage.output)} out`) : [], rank: 4 },
    { spans: dim(clean(id).slice(0, 8)), rank: 5 }
  ]
}

/** Share of what a conversation may take before it is compacted, from which on that is near. */
const near = 0.9

const contextOf = (used: number, window: number | undefined): Line => {
  if (window === undefined || used === 0) return []
  const percent = Math.min(100, Math.round((used / window) * 100))
  const isNear = used >= near * (window - reserveOf(window))
  return [{ text: `${percent}% context`, style: isNear ? { tone: "warn" } : { dim: true } }]
}

const separator: Span = { text: " · ", style: { dim: true } }

const join = (fields: ReadonlyArray<Field>): Line =>
  fields.flatMap(({ spans }, index) => (index === 0 ? spans : [separator, ...spans]))

/** @param more What plugins say: it goes first when the width is short. @param place Where the session is, if not here. */
export const statusLine = (status: Status, width: number, more: ReadonlyArray<Line> = [], place: Line = []): Line => {
  const added = more.map((spans, at): Field => ({ spans, rank: 6 + at }))
  const fields = [...fieldsOf(status), { spans: place, rank: 1 }, ...added].filter(({ spans }) => spans.length > 0)
  const ranks = fields.map(({ rank }) => rank).toSorted((a, b) => b - a)
  for (const least of ranks) {
    const line = join(fields.filter(({ rank }) => rank <= least))
    if (lineWidth(line) <= width || least <= 1) return truncate(line, width)
  }
  return []
}
