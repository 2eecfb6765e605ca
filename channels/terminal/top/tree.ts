/** A process and its tree as lines of text. */
import type { Health, HealthNode } from "../../../actors/health.ts"
import type { Seen } from "../../health/look.ts"
import { elapsed } from "../text/numbers.ts"
import { clean, graphemesOf, type Line, lineWidth, type Span, type Style, widthOf } from "../text/text.ts"

/** Everything, for where nothing can be drawn anew. */
export const reportLines = (seen: ReadonlyArray<Seen>, now: number): ReadonlyArray<Line> =>
  seen.flatMap((one, index) => [
    ...(index === 0 ? [] : [[]]),
    processLine(one, now),
    ...(one.health === undefined ? [] : treeLines(one.health, now))
  ])

/** A process in one line. @param most Columns of its folder, whose end says more than its beginning. */
export const processLine = ({ pid, health, trouble }: Seen, now: number, most = Infinity): Line => {
  const wrong: Line = trouble === undefined ? [] : [gap, { text: clean(trouble), style: { tone: "bad" } }]
  // A server does not say it to everybody.
  const id: Span = { text: pid === 0 ? "server" : String(pid), style: { bold: true } }
  if (health === undefined) return [id, ...wrong]
  const { status, model, startedAt, memory, ledger, cwd } = health
  return [
    id,
    gap,
    { text: ending(clean(cwd), most) },
    gap,
    { text: status, style: { tone: status === "healthy" ? "good" : "bad" } },
    ...wrong,
    ...facts([`up ${elapsed(now - startedAt)}`, megabytes(memory.rss), messages(ledger)]),
    ...(model === undefined ? [] : facts([clean(model)]))
  ]
}

const ending = (text: string, most: number): string => {
  const graphemes = graphemesOf(text)
  let at = graphemes.length
  for (let width = 1; at > 0 && width + widthOf(graphemes[at - 1] ?? "") <= most; at--)
    width += widthOf(graphemes[at - 1] ?? "")
  return at === 0 ? text : `…${graphemes.slice(at).join("")}`
}

/** The ledger, which balances: what is not said here was handled. */
const messages = ({ sent, failed, dead, open }: Health["ledger"]): string =>
  [
    `${sent} messages`,
    `${open} open`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(dead === 0 ? [] : [`${dead} dead`])
  ].join(", ")

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`

/** The whole tree; a failure stands below the node it belongs to. */
export const treeLines = ({ tree }: Health, now: number): ReadonlyArray<Line> => {
  const rows = rowsOf(tree, "", "")
  const column = Math.min(widest, Math.max(...rows.map(({ guide, node }) => widthOf(guide) + widthOf(clean(node.id)))))
  return rows.flatMap((row) => nodeLines(row, column, now))
}

/** Columns; longer names move the rest of their own line only. */
const widest = 48

interface Row {
  readonly node: HealthNode
  /** Before the name. */
  readonly guide: string
  /** Before what stands below the name. */
  readonly below: string
}

const rowsOf = (node: HealthNode, guide: string, below: string): ReadonlyArray<Row> => [
  { node, guide, below: `${below}${node.children.length > 0 ? "│  " : "   "}` },
  ...node.children.flatMap((child, index) =>
    index === node.children.length - 1
      ? rowsOf(child, `${below}└─ `, `${below}   `)
      : rowsOf(child, `${below}├─ `, `${below}│  `)
  )
]

const nodeLines = ({ node, guide, below }: Row, column: number, now: number): ReadonlyArray<Line> => {
  const name: Line = [{ text: guide, style: { dim: true } }, { text: clean(node.id) }]
  const line: Line = [
    ...name,
    { text: " ".repeat(Math.max(2, column + 2 - lineWidth(name))) },
    { text: clean(node.state), style: styleOf(node.state) },
    ...facts([elapsed(now - node.since)]),
    ...troubles(node),
    ...facts(places(node))
  ]
  if (node.lastFailure === undefined) return [line]
  const { message, at } = node.lastFailure
  const failure: Line = [
    { text: below, style: { dim: true } },
    { text: `✗ ${clean(message).replaceAll("\n", " ")}`, style: { tone: "bad" } },
    { text: ` · ${elapsed(now - at)} ago`, style: { dim: true } }
  ]
  return [line, failure]
}

/** What deserves attention. */
const troubles = ({ restarts, breaker = "closed" }: HealthNode): Line => [
  ...(restarts === 0 ? [] : warning(restarts === 1 ? "1 restart" : `${restarts} restarts`)),
  ...(breaker === "closed" ? [] : warning(`breaker ${breaker.replace("_", " ")}`))
]

const warning = (text: string): Line => [dot, { text, style: { tone: "warn" } }]

/** In this process is where everything is that says nothing else. */
const places = ({ mailbox, place = "in_process", pid }: HealthNode): ReadonlyArray<string> => [
  ...(mailbox === undefined || mailbox.depth === 0 ? [] : [`${mailbox.depth} of ${mailbox.capacity} waiting`]),
  ...(place === "in_process" ? [] : [place === "child" ? "child process" : place]),
  ...(pid === undefined ? [] : [`pid ${pid}`])
]

const facts = (texts: ReadonlyArray<string>): Line => texts.flatMap((text) => [dot, { text, style: { dim: true } }])

const gap: Span = { text: "  " }

const dot: Span = { text: " · ", style: { dim: true } }

const styles: Readonly<Record<string, Style>> = {
  running: { tone: "good" },
  ready: { tone: "good" },
  idle: { tone: "good" },
  starting: { tone: "warn" },
  restarting: { tone: "warn" },
  stopping: { tone: "warn" },
  quarantined: { tone: "bad", bold: true },
  ended: { dim: true }
}

/** Any other is a word of the actor's own machine: it is at work. */
const styleOf = (state: string): Style => styles[state] ?? { tone: "info" }
