/** The host's ports as a plugin sees them from its place: each use goes to the host and back. */
import { type Agents, type Exec, type Files, PortError, type Store } from "../../plugins/ports.ts"
import type { ToolContext } from "../../plugins/tool.ts"
import { toStored } from "../store/stored-value.ts"
import { type Ask, farFetch } from "./far-fetch.ts"
import type { FromPlace, ToPlace } from "./frames.ts"
import { errorOf, type Thrown } from "./thrown.ts"

// Taken now, as in serve.ts.
const { parse } = JSON

export interface Wire {
  readonly send: (frame: FromPlace) => void
  /** @returns the answer's line. */
  readonly ask: (frame: FromPlace) => string
}

type Answer = Extract<ToPlace, { readonly type: "ported" | "output" }>

export interface FarPorts {
  readonly of: (call: number) => Pick<ToolContext, "files" | "exec" | "fetch" | "store" | "agents" | "ask">
  readonly hear: (answer: Answer) => void
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  /** Where the plugin asked. */
  readonly asked: { readonly stack?: string }
  readonly onOutput: ((text: string) => void) | undefined
}

export const farPorts = ({ send, ask }: Wire): FarPorts => {
  const waiting = new Map<number, Waiting>()
  let last = 0

  const use =
    (call: number): Ask =>
    (port, args, { signal, onOutput } = {}) => {
      const id = ++last
      const cancel = () => send({ type: "unport", call, id })
      const asked = {}
      Error.captureStackTrace(asked)
      return new Promise<unknown>((resolve, reject) => {
        send({ type: "port", call, id, port, args })
        waiting.set(id, { resolve, reject, onOutput, asked })
        if (signal?.aborted === true) cancel()
        else signal?.addEventListener("abort", cancel, { once: true })
      }).finally(() => signal?.removeEventListener("abort", cancel))
    }

  const useNow = (call: number) => (port: string, args: ReadonlyArray<unknown>) => {
    const { value, error }: Extract<ToPlace, { type: "ported" }> = parse(ask({ type: "sync", call, id: 0, port, args }))
    if (error !== undefined) throw errorOf(error)
    return value
  }

  return {
    of: (call) => {
      const one = use(call)
      const now = useNow(call)
      return {
        files: farFiles(one, now),
        exec: farExec(one, now),
        fetch: farFetch(one),
        store: { session: farStore("session", one), project: farStore("project", one) },
        agents: farAgents(one),
        ask: farAsk(one)
      }
    },
    hear: (answer) => {
      const one = waiting.get(answer.id)
      if (answer.type === "output") return one?.onOutput?.(answer.text)
      waiting.delete(answer.id)
      if (answer.error === undefined) one?.resolve(answer.value)
      else one?.reject(errorOf(asIfHere(answer.error, one.asked)))
    }
  }
}

/** The host's own stack says nothing of the plugin; the plugin's says which of its lines asked for what was refused. */
const asIfHere = (error: Thrown, { stack }: Waiting["asked"]): Thrown => {
  const frames = stack?.split("\n").filter((line) => line.startsWith("    at ") && !line.includes("/far-ports."))
  return { ...error, stack: [`${error.name}: ${error.message}`, ...(frames ?? [])].join("\n") }
}

type AskNow = (port: string, args: ReadonlyArray<unknown>) => unknown

/** The casts below are the boundary: the host has answered, and its types are those of the ports. */
const farFiles = (ask: Ask, askNow: AskNow): Files => ({
  resolve: (path) => ask("files.resolve", [path]) as Promise<string>,
  display: (path) => askNow("files.display", [path]) as string,
  read: async (path) => Buffer.from((await ask("files.read", [path])) as string, "base64"),
  write: async (path, data) => {
    await ask("files.write", [path, typeof data === "string" ? { text: data } : { base64: base64(data) }])
  },
  stat: (path) => ask("files.stat", [path]) as ReturnType<Files["stat"]>
})

const farExec = (ask: Ask, askNow: AskNow): Exec => ({
  run: (command, { signal, onOutput, ...options } = {}) =>
    ask("exec.run", [command, options], { signal, onOutput }) as ReturnType<Exec["run"]>,
  start: (command, options) => askNow("exec.start", [command, options ?? {}]) as ReturnType<Exec["start"]>,
  jobs: () => askNow("exec.jobs", []) as ReturnType<Exec["jobs"]>,
  look: (id, wait, signal) => ask("exec.look", [id, wait ?? null], { signal }) as ReturnType<Exec["look"]>,
  stop: (id) => ask("exec.stop", [id]) as ReturnType<Exec["stop"]>,
  close: async () => {
    throw new PortError("permission_denied", "a plugin cannot close the session's commands; stop its own jobs instead")
  }
})

const farStore = (scope: "session" | "project", ask: Ask): Store => ({
  get: (key) => ask("store.get", [scope, key]),
  set: async (key, value) => {
    // Before JSON makes something else of it on its way.
    toStored(key, value)
    await ask("store.set", [scope, key, value])
  },
  delete: async (key) => {
    await ask("store.delete", [scope, key])
  },
  keys: (prefix) => ask("store.keys", [scope, prefix ?? ""]) as ReturnType<Store["keys"]>
})

const farAgents = (ask: Ask): Agents => ({
  about: () => ask("agents.about", []) as ReturnType<Agents["about"]>,
  run: (task, { signal } = {}) => ask("agents.run", [task], { signal }) as ReturnType<Agents["run"]>,
  start: (task) => ask("agents.start", [task]) as ReturnType<Agents["start"]>,
  list: () => ask("agents.list", []) as ReturnType<Agents["list"]>,
  look: (id, wait, signal) => ask("agents.look", [id, wait ?? null], { signal }) as ReturnType<Agents["look"]>,
  stop: (id) => ask("agents.stop", [id]) as ReturnType<Agents["stop"]>
})

/** It never rejects, also where the question is too large to leave the place. */
const farAsk =
  (ask: Ask): ToolContext["ask"] =>
  async (inquiry) => {
    try {
      return (await ask("ask", [inquiry])) as Awaited<ReturnType<ToolContext["ask"]>>
    } catch (error) {
      return {
        action: "cancel",
        reason: `it cannot be asked: ${error instanceof Error ? error.message : String(error)}`
      }
    }
  }

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64")
