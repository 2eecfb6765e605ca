/** What a call does through its ports, kept so that the call can be played again; and the calls that are worth keeping. */
import type { TapedCall, Use } from "../../healing/tape.ts"
import type { Exec, Files } from "../../plugins/ports.ts"
import type { ToolContext } from "../../plugins/tool.ts"
import type { Reel } from "./tape/reel.ts"
import { tapedFetch } from "./tape/taped-fetch.ts"
import { bytesOf, canonical, contentOf, errorOf, plain } from "./uses.ts"

export interface Taped {
  readonly context: ToolContext
  /** In the order in which they ended. */
  readonly uses: () => ReadonlyArray<Use>
  /** Something is not on it: too much, or what cannot be played again. */
  readonly isPartial: () => boolean
}

/** Bytes of a call's uses as JSON, about. */
const longest = 256 * 1024

/** The same context; what its ports do is kept from then on. */
export const taped = (context: ToolContext): Taped => {
  const uses: Array<Use> = []
  let room = longest
  let isPartial = false
  const tape: Reel = {
    add: (use) => {
      // Nothing after a gap: it would be played as if the gap were not there.
      if (isPartial) return
      room -= sizeOf(use)
      if (room < 0) isPartial = true
      else uses.push(use)
    },
    hasRoom: (bytes) => !isPartial && bytes <= room,
    take: (bytes) => void (room -= bytes),
    tear: () => void (isPartial = true)
  }
  const { files, exec, fetch, ask } = context
  return {
    context: {
      ...context,
      files: tapedFiles(files, tape),
      exec: tapedExec(exec, tape),
      fetch: tapedFetch(fetch, tape),
      // What people say is not said twice.
      ask: (inquiry) => {
        tape.tear()
        return ask(inquiry)
      }
    },
    uses: () => [...uses],
    isPartial: () => isPartial
  }
}

/** Characters, escapes not counted. */
const sizeOf = (value: unknown): number => {
  if (typeof value === "string") return value.length + 2
  if (typeof value !== "object" || value === null) return 8
  let size = 2
  for (const [key, part] of Object.entries(value)) size += key.length + 4 + sizeOf(part)
  return size
}

type Act<A> = () => Promise<A>

/** @param told What of the value stands on the tape. */
const kept = async <A>(
  tape: Reel,
  use: Pick<Use, "port" | "args">,
  act: Act<A>,
  told: (value: A) => unknown = (value) => value
): Promise<A> => {
  try {
    const value = await act()
    const said = told(value)
    tape.add(said === undefined ? use : { ...use, value: said })
    return value
  } catch (error) {
    tape.add({ ...use, error: errorOf(error) })
    throw error
  }
}

const tapedFiles = (files: Files, tape: Reel): Files => ({
  resolve: (path) => kept(tape, { port: "files.resolve", args: [path] }, () => files.resolve(path)),
  display: (path) => {
    const value = files.display(path)
    tape.add({ port: "files.display", args: [path], value })
    return value
  },
  read: async (path) => {
    const fits = (data: Uint8Array) => (tape.hasRoom((data.byteLength * 4) / 3) ? bytesOf(data) : tape.tear())
    return kept(tape, { port: "files.read", args: [path] }, () => files.read(path), fits)
  },
  write: (path, data) => {
    const fits = tape.hasRoom(typeof data === "string" ? data.length : (data.byteLength * 4) / 3)
    if (!fits) tape.tear()
    const args = fits ? [path, contentOf(data)] : [path]
    return kept(tape, { port: "files.write", args }, () => files.write(path, data))
  },
  stat: (path) => kept(tape, { port: "files.stat", args: [path] }, () => files.stat(path))
})

const tapedExec = (exec: Exec, tape: Reel): Exec => ({
  run: (command, options) => {
    const { cwd } = options ?? {}
    const args = [command, cwd === undefined ? {} : { cwd }]
    return kept(tape, { port: "exec.run", args }, () => exec.run(command, options), plain)
  },
  start: (command, options) => {
    tape.tear()
    return exec.start(command, options)
  },
  jobs: () => {
    tape.tear()
    return exec.jobs()
  },
  look: (id, wait, signal) => {
    tape.tear()
    return exec.look(id, wait, signal)
  },
  stop: (id) => {
    tape.tear()
    return exec.stop(id)
  },
  close: () => exec.close()
})

export interface CallShelf {
  /** One that went well; what cannot be played again is not kept. */
  readonly add: (call: TapedCall) => void
  /** Newest first. */
  readonly recorded: (tool?: string) => ReadonlyArray<TapedCall>
}

/** Calls of one tool that are kept; bytes of all of them as JSON. */
const most = { calls: 8, bytes: 1024 * 1024 }

interface Kept {
  readonly call: TapedCall
  readonly input: string
  readonly size: number
}

/** The newest calls of each tool, each with another input. */
export const callShelf = (): CallShelf => {
  let all: ReadonlyArray<Kept> = []
  return {
    add: (call) => {
      if (call.isPartial || call.answer === undefined) return
      const one: Kept = { call, input: canonical(call.input), size: sizeOf(call) }
      const others = all.filter((other) => other.call.tool !== call.tool || other.input !== one.input)
      all = withinLimits([one, ...others])
    },
    recorded: (tool) => all.flatMap(({ call }) => (tool === undefined || call.tool === tool ? [call] : []))
  }
}

/** What is newer stays; newest first. */
const withinLimits = (all: ReadonlyArray<Kept>): ReadonlyArray<Kept> => {
  const counts = new Map<string, number>()
  let bytes = 0
  return all.filter(({ call: { tool }, size }) => {
    const count = (counts.get(tool) ?? 0) + 1
    counts.set(tool, count)
    if (count > most.calls || bytes + size > most.bytes) return false
    bytes += size
    return true
  })
}
