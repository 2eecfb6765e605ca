/** Faults beyond the sixteen: floods, errors that cannot be read, a broken line to the host, attempts to get out. */
import { fork, spawn } from "node:child_process"
import { closeSync, readFileSync, writeFileSync, writeSync } from "node:fs"
import { constants, setPriority } from "node:os"
import { Worker } from "node:worker_threads"
import type { Commit } from "./open-input.ts"

const forever = new Promise<never>(() => {})
const gigabyte = 2 ** 30
const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error)

/** As much as the other side takes; a full pipe is tried again at once. @returns bytes written before the line broke. */
const pour = (fd: number, bytes: number, piece: Uint8Array): number => {
  let written = 0
  while (written < bytes) {
    try {
      written += writeSync(fd, piece)
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") return written
    }
  }
  return written
}

const hoarded: Array<Uint8Array> = []

const hoard = (): void => {
  for (let held = 0; held < 2 * gigabyte; held += 2 ** 24) hoarded.push(Buffer.alloc(2 ** 24, 1))
}

/** Everything about it throws: reading it, printing it, asking what it is. */
const hostile = (): object => {
  const refuse = () => {
    throw new Error("do not touch")
  }
  const traps = ["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor", "set", "apply"] as const
  return new Proxy(() => {}, Object.fromEntries(traps.map((trap) => [trap, refuse])))
}

const withThrowingGetters = (): Error => {
  const get = () => {
    throw new Error("do not read")
  }
  const properties = ["name", "message", "stack", "code", "cause", "toString", "toJSON"]
  return Object.defineProperties(new Error("hidden"), Object.fromEntries(properties.map((name) => [name, { get }])))
}

const throwing = (make: () => unknown) => (): never => {
  throw make()
}

const cycle = (): object => {
  const own: Record<string, unknown> = {}
  return Object.assign(own, { own })
}

const succeeds = (go: () => boolean): boolean => {
  try {
    return go()
  } catch {
    return false
  }
}

const attempt = async (start: () => { once: (event: "error", listener: (error: Error) => void) => unknown }) => {
  try {
    const started = start()
    return await new Promise<string>((resolve) => {
      started.once("error", (error) => resolve(codeOf(error)))
      setTimeout(resolve, 500, "started")
    })
  } catch (error) {
    return codeOf(error)
  }
}

export const excesses = {
  stdout_flood: () => `${pour(1, gigabyte, new Uint8Array(2 ** 20).fill(120))} bytes`,
  /** A gigabyte without an end of message. */
  channel_flood: ({ fd = 3 }) => `${pour(fd, gigabyte, new Uint8Array(2 ** 20).fill(120))} bytes`,
  channel_garbage: ({ fd = 3 }) => {
    pour(fd, 1, Buffer.from('\u0000\u00ff}{"not": ours}\n[1,\n{"type":"answer"}\nnull\n'))
    return forever
  },
  channel_close: ({ fd = 3 }) => {
    closeSync(fd)
    return forever
  },
  /** A call's answer, written by itself, as deep as a message is long: reading it is one thing, writing it down again another. */
  deep_answer: ({ fd = 4 }) => {
    const depth = 2 ** 20
    const data = `${"[".repeat(depth)}${"]".repeat(depth)}`
    pour(fd, 1, Buffer.from(`{"type":"done","id":1,"value":{"success":true,"data":${data}}}\n`))
    return forever
  },
  progress_flood: (_, { progress }) => {
    for (let piece = 0; piece < 200_000; piece++) progress(`piece ${piece} of what nobody reads`)
    return "told"
  },
  huge_answer: ({ bytes = gigabyte / 2 - 64 }) => ({ success: true, data: "x".repeat(bytes) }),
  /** Outside the heap, where no heap limit sees them; written to, so that they are resident. */
  buffers: () => {
    hoard()
    return forever
  },
  /** Later than anybody looks who looks only while a call is under way. */
  buffers_idle: () => {
    setTimeout(hoard, 1500)
    return "answered before it broke"
  },
  spin_idle: () => {
    setTimeout(() => {
      for (let turns = 0; ; turns = 1 - turns);
    }, 1500)
    return "answered before it broke"
  },
  throws_getters: throwing(withThrowingGetters),
  throws_proxy: throwing(hostile),
  throws_undefined: throwing(() => undefined),
  throws_long: throwing(() => new Error("long ".repeat(2_000_000))),
  answers_function: () => ({ success: true, data: () => 1 }),
  answers_bigint: () => ({ success: true, data: { count: 10n } }),
  answers_cycle: () => ({ success: true, data: cycle() }),
  answers_proxy: () => ({ success: true, data: hostile() }),
  sigstop: () => {
    process.kill(process.pid, "SIGSTOP")
    return forever
  },
  /** One of each kind is enough to know whether a bomb would go off. */
  fork_bomb: async () => {
    const idle = ["-e", "setTimeout(() => {}, 1000)"]
    const kinds = [
      () => spawn(process.execPath, idle),
      () => spawn("/bin/sleep", ["1"]),
      () => fork("/nonexistent.js"),
      () => new Worker("setTimeout(() => {}, 1000)", { eval: true })
    ]
    return { success: true, data: await Promise.all(kinds.map(attempt)) }
  },
  read_file: ({ path = "" }) => readFileSync(path, "utf8"),
  /** SQLite opens files by itself, past everything that guards Node's own. */
  database: async ({ path = "" }) => {
    const { DatabaseSync } = await import("node:sqlite")
    new DatabaseSync(path).exec("CREATE TABLE mine (a)")
    return "written"
  },
  /** Each way that a process has to signal, debug or slow down another. @returns those that are open. */
  harm: async ({ pid = 0 }) => {
    const { kill } = await import("node:process")
    const inner: unknown = Reflect.get(process, "_kill")
    const ways = {
      kill: () => process.kill(pid, "SIGWINCH"),
      "imported kill": () => kill(pid, "SIGWINCH"),
      "inner kill": () => typeof inner === "function" && inner.call(process, pid, constants.signals.SIGWINCH) === 0,
      debug: () => typeof Reflect.get(process, "_debugProcess") === "function",
      priority: () => setPriority(pid, 19) === undefined
    }
    return { success: true, data: Object.entries(ways).flatMap(([way, isOpen]) => (succeeds(isOpen) ? [way] : [])) }
  },
  write_file: ({ path = "" }) => {
    writeFileSync(path, "written by a plugin")
    return "written"
  }
} satisfies Readonly<Record<string, Commit>>
