/** What comes of a call to a peer, as `kintsugi a2a call` prints it: what it made and says on standard output, the rest beside it. */
import type { Exchanged } from "../../plugins/a2a/exchange.ts"
import { wordsOf } from "../../plugins/a2a/parts.ts"
import type { Peer } from "../../plugins/a2a/peer.ts"
import type { Saved } from "../../plugins/a2a/save.ts"
import { isSettled, type TaskView } from "../../plugins/a2a/task-view.ts"
import { told } from "../../plugins/a2a/told.ts"
import type { Io } from "./io.ts"
import { oneLine, printable } from "./printable.ts"

export interface Printed {
  readonly tell: (view: TaskView) => void
  readonly end: (exchanged: Exchanged, saved: Saved | undefined) => void
}

interface PrintOptions {
  readonly json?: true | undefined
  readonly stream?: true | undefined
}

/** Whoever asks for it gets all of it; the bytes of an answer are bounded already. */
const all = { words: Infinity, name: Infinity, artifacts: Infinity }

export const printer = (io: Io, peer: Peer, { json, stream }: PrintOptions): Printed => {
  const narrate = narrator(io, peer)
  if (json === true) return jsonPrinter(io, peer, stream === true, narrate)
  const out = growing(io)
  return {
    tell: (view) => {
      narrate(view)
      if (stream === true) out.show(view)
    },
    end: ({ view }, saved) => {
      out.show(view)
      out.finish(view)
      if (saved === undefined) for (const line of fileLines(view)) io.stderr.write(`${line}\n`)
    }
  }
}

const jsonPrinter = (io: Io, peer: Peer, isStream: boolean, narrate: Printed["tell"]): Printed => ({
  tell: (view) => {
    if (!isStream) narrate(view)
    else if (!isSettled(view)) io.stdout.write(`${JSON.stringify(told(peer.name, view, all))}\n`)
  },
  end: ({ view, line, end, cancelled }, saved) => {
    const object = {
      ...told(peer.name, view, all),
      end,
      ...(cancelled !== undefined && { cancelled }),
      ...(line !== undefined && { url: line.url, version: line.version, binding: line.binding }),
      ...(saved !== undefined && { saved: saved.saved, not_saved: saved.left })
    }
    io.stdout.write(`${JSON.stringify(object, null, isStream ? undefined : 2)}\n`)
  }
})

/** Each word about a task that is still going on, once. */
const narrator = (io: Io, peer: Peer): Printed["tell"] => {
  let last = ""
  return (view) => {
    if (isSettled(view)) return
    const words = oneLine(wordsOf(view.said), 500) || view.state
    const line = printable(`${peer.name}: ${words}`)
    if (line === last) return
    last = line
    io.stderr.write(`${line}\n`)
  }
}

/** Texts of artifacts that grow are printed as far as they have grown. */
const growing = (io: Io) => {
  const printed = new Map<string, string>()
  const write = (id: string, text: string): void => {
    const before = printed.get(id)
    if (text === before || text === "") return
    const isMore = before !== undefined && text.startsWith(before)
    // Another text than the last one printed begins a line of its own.
    const gap = before === undefined || !isMore ? lineEnd(printed) : ""
    io.stdout.write(`${gap}${isMore ? text.slice(before.length) : text}`)
    printed.delete(id)
    printed.set(id, text)
  }
  return {
    show: ({ artifacts }: TaskView): void => {
      for (const { id, pieces } of artifacts) write(`artifact ${id}`, printable(wordsOf(pieces)))
    },
    /** What it says at the end, unless it has said just that. */
    finish: ({ said }: TaskView): void => {
      const words = printable(wordsOf(said))
      if (![...printed.values()].includes(words)) write("said", words)
      const end = lineEnd(printed)
      if (end !== "") io.stdout.write(end)
    }
  }
}

const lineEnd = (printed: ReadonlyMap<string, string>): string => {
  const last = [...printed.values()].at(-1)
  return last === undefined || last.endsWith("\n") ? "" : "\n"
}

const fileLines = ({ said, artifacts }: TaskView): ReadonlyArray<string> =>
  [...said, ...artifacts.flatMap(({ pieces }) => pieces)].flatMap((one) => {
    const name = printable(oneLine("name" in one ? one.name : "", 200)) || "a file"
    if (one.type === "file") return `${name}: ${one.bytes.byteLength} bytes; --save FOLDER writes it`
    return one.type === "link" ? `${name}: lies at ${printable(oneLine(one.url, 500))}` : []
  })
