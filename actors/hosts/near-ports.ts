/** The host's side of the ports: what a plugin's place asks for is done with the ports of the call that it asks for. */
import {
  type AgentTask,
  type ExecOptions,
  PortError,
  type Store,
  type Stores,
  type TaskAgent
} from "../../plugins/ports.ts"
import type { Inquiry } from "../../plugins/inquiry.ts"
import type { ToolContext } from "../../plugins/tool.ts"
import type { PortUse, ToPlace } from "./frames.ts"
import { nearFetch, type NearFetch } from "./near-fetch.ts"
import { dataOf } from "./thrown.ts"

export type Ports = Pick<ToolContext, "files" | "exec" | "fetch" | "store" | "agents" | "ask">

type Reply = Extract<ToPlace, { readonly type: "ported" | "output" }>

export interface NearPorts {
  /** Never rejects: what fails is told over there. */
  readonly use: (use: PortUse) => Promise<void>
  /** The same for what returns at once. */
  readonly useNow: (use: PortUse) => Reply
  readonly abort: (id: number) => void
  /** The call is over: whatever still runs for it is aborted. */
  readonly close: () => void
}

/** @param limit Bytes of one message. */
export const nearPorts = (ports: Ports, limit: number, tell: (reply: Reply) => void): NearPorts => {
  const running = new Map<number, AbortController>()
  const body = nearFetch(ports.fetch)

  const use = async ({ id, port, args }: PortUse): Promise<void> => {
    const controller = new AbortController()
    running.set(id, controller)
    try {
      const one: Use = {
        ...ports,
        body,
        args,
        limit,
        signal: controller.signal,
        onOutput: (text) => tell({ type: "output", id, text })
      }
      tell({ type: "ported", id, value: await pick(later, port)(one) })
    } catch (error) {
      tell({ type: "ported", id, error: dataOf(error) })
    } finally {
      running.delete(id)
    }
  }

  return {
    use,
    useNow: ({ id, port, args }) => {
      try {
        return { type: "ported", id, value: pick(now, port)({ ...ports, args }) }
      } catch (error) {
        return { type: "ported", id, error: dataOf(error) }
      }
    },
    abort: (id) => running.get(id)?.abort(),
    close: () => {
      for (const controller of running.values()) controller.abort()
      body.close()
    }
  }
}

interface UseNow extends Ports {
  readonly args: ReadonlyArray<unknown>
}

interface Use extends UseNow {
  readonly body: NearFetch
  readonly limit: number
  readonly signal: AbortSignal
  readonly onOutput: (text: string) => void
}

type Functions<From, To> = Readonly<Record<string, (use: From) => To>>

const later: Functions<Use, Promise<unknown>> = {
  "files.resolve": async ({ files, args: [path] }) => files.resolve(text(path)),
  "files.read": async ({ files, args: [path], limit }) => {
    const { buffer, byteOffset, byteLength } = await files.read(text(path))
    if (byteLength > limit / 2) {
      const message = `${text(path)} has ${byteLength} bytes; a plugin in a place of its own reads at most ${limit / 2}`
      throw new PortError("invalid_arguments", message)
    }
    return Buffer.from(buffer, byteOffset, byteLength).toString("base64")
  },
  "files.write": async ({ files, args: [path, data] }) => files.write(text(path), content(data)),
  "files.stat": async ({ files, args: [path] }) => files.stat(text(path)),
  "exec.run": async ({ exec, args: [command, options], signal, onOutput }) => {
    const { timeout } = fields(options)
    const time = typeof timeout === "number" ? { timeout } : {}
    return exec.run(text(command), { ...folder(options), ...time, signal, onOutput })
  },
  "exec.look": async ({ exec, args: [id, wait], signal }) =>
    exec.look(text(id), typeof wait === "number" ? wait : undefined, signal),
  "exec.stop": async ({ exec, args: [id] }) => exec.stop(text(id)),
  "store.get": async ({ store, args: [scope, key] }) => one(store, scope).get(text(key)),
  "store.set": async ({ store, args: [scope, key, value] }) => one(store, scope).set(text(key), value),
  "store.delete": async ({ store, args: [scope, key] }) => one(store, scope).delete(text(key)),
  "store.keys": async ({ store, args: [scope, prefix] }) => one(store, scope).keys(text(prefix)),
  "agents.about": async ({ agents }) => agents.about(),
  "agents.run": async ({ agents, args: [task], signal }) => agents.run(taskOf(task), { signal }),
  "agents.start": async ({ agents, args: [task] }) => agents.start(taskOf(task)),
  "agents.list": async ({ agents }) => agents.list(),
  "agents.look": async ({ agents, args: [id, wait], signal }) =>
    agents.look(text(id), typeof wait === "number" ? wait : undefined, signal),
  "agents.stop": async ({ agents, args: [id] }) => agents.stop(text(id)),
  ask: async ({ ask, args: [inquiry] }) => ask(inquiry as Inquiry), // checked by whoever asks it
  "fetch.open": async ({ body, args: [asked], signal }) => body.open(fields(asked), signal),
  "fetch.read": async ({ body, args: [id], signal }) => body.read(Number(id), signal),
  "fetch.cancel": async ({ body, args: [id] }) => body.cancel(Number(id))
}

const now: Functions<UseNow, unknown> = {
  "files.display": ({ files, args: [path] }) => files.display(text(path)),
  "exec.start": ({ exec, args: [command, options] }) => exec.start(text(command), folder(options)),
  "exec.jobs": ({ exec }) => exec.jobs()
}

const pick = <From, To>(functions: Functions<From, To>, port: string): ((use: From) => To) => {
  const found = Object.hasOwn(functions, port) ? functions[port] : undefined
  if (found === undefined) throw new PortError("invalid_arguments", `there is no port ${port}`)
  return found
}

const text = (value: unknown): string => {
  if (typeof value === "string") return value
  throw new PortError("invalid_arguments", `expected a text, not ${value === null ? "null" : typeof value}`)
}

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {}

const one = (stores: Stores, scope: unknown): Store => (scope === "project" ? stores.project : stores.session)

/** The fields of a task that have their type; whoever runs it checks the rest. @throws PortError without a prompt. */
const taskOf = (value: unknown): AgentTask => {
  const { prompt, description, model, agent, tools, timeout, maxTurns } = fields(value)
  return {
    prompt: text(prompt),
    ...(agent !== undefined && { agent: agentOf(agent) }),
    ...(typeof description === "string" && { description }),
    ...(typeof model === "string" && { model }),
    ...(Array.isArray(tools) && { tools: tools.map(text) }),
    ...(typeof timeout === "number" && { timeout }),
    ...(typeof maxTurns === "number" && { maxTurns })
  }
}

/** What it permits may not be lost on the way. @throws PortError when it cannot be read. */
const agentOf = (value: unknown): TaskAgent => {
  const { name, instructions, tools, withheld, permissionMode } = fields(value)
  if (permissionMode !== undefined && permissionMode !== "plan" && permissionMode !== "dontAsk")
    throw new PortError("invalid_arguments", "the agent's permissionMode must be plan or dontAsk")
  return {
    name: text(name),
    instructions: text(instructions),
    ...(tools !== undefined && { tools: texts(tools) }),
    ...(withheld !== undefined && { withheld: texts(withheld) }),
    ...(permissionMode !== undefined && { permissionMode })
  }
}

const texts = (value: unknown): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.map(text)
  throw new PortError("invalid_arguments", "expected a list of texts")
}

const folder = (options: unknown): Pick<ExecOptions, "cwd"> => {
  const { cwd } = fields(options)
  return cwd === undefined ? {} : { cwd: text(cwd) }
}

const content = (data: unknown): string | Uint8Array => {
  const { text: plain, base64 } = fields(data)
  return base64 === undefined ? text(plain) : Buffer.from(text(base64), "base64")
}
