/** A plugin served in its place: what the host orders is done, and every order is answered. The same in a worker and a child. */
import { AsyncLocalStorage } from "node:async_hooks"
import { stripTypeScriptTypes } from "node:module"
import type { Tool } from "../../plugins/tool.ts"
import { farPorts } from "./far-ports.ts"
import type { CommandContext } from "../../plugins/extensions.ts"
import type { FromPlace, Load, Order, ToPlace } from "./frames.ts"
import { inject } from "./inject.ts"
import { manifestOf } from "./manifest.ts"
import { addressOf, type OwnCode, unversioned } from "./own-code.ts"
import { provide } from "./provide.ts"
import { readPlugin, type ReadPlugin } from "./read-plugin.ts"
import type { Seal } from "./seal.ts"
import { dataOf, errorOf, type Thrown } from "./thrown.ts"

// Taken now: what a plugin does to them must not keep it from being understood.
const { parse, stringify } = JSON

/** The place's side of the channel. */
export interface Link {
  readonly send: (line: string) => void
  /** Sends and waits for the answer, the event loop standing still: for the few port functions that return at once. */
  readonly ask: (line: string) => string
  /** Ends the place at once. */
  readonly exit: () => void
}

/** The call that code runs for. It follows promises and timers, so that what a call leaves behind is known as its own. */
interface Doing {
  readonly tool: string | undefined
  readonly abort: AbortController
}

/** @returns what takes each line from the host. */
export const serve = (link: Link): ((line: string) => void) => {
  const doing = new AsyncLocalStorage<Doing>()
  const running = new Map<number, Doing>()
  let plugin: ReadPlugin | undefined
  let sealed: Seal | undefined
  let limit = Number.POSITIVE_INFINITY

  /** @throws TypeError for what JSON cannot say, RangeError for what is too long for the channel. */
  const write = (frame: FromPlace): string => {
    const line = stringify(frame)
    if (line.length * 3 < limit || Buffer.byteLength(line) < limit) return line
    throw new RangeError(`too large to leave the plugin's place: more than ${limit} bytes of JSON`)
  }
  const send = (frame: FromPlace): void => link.send(write(frame))
  const ports = farPorts({ send, ask: (frame) => link.ask(write(frame)) })

  const load = async (frame: Load): Promise<void> => {
    limit = frame.limit
    try {
      plugin = undefined
      if (frame.sealedAt !== undefined) {
        sealed ??= (await import("./seal.ts")).seal()
        sealed.renew(frame.sealedAt)
      }
      plugin = await pluginOf(frame)
      send({ type: "loaded", manifest: manifestOf(plugin) })
    } catch (error) {
      send({ type: "unloadable", error: shown(error) })
    }
  }

  const run = async (id: number, order: Order, { abort }: Doing): Promise<void> => {
    try {
      if (plugin === undefined) throw new Error("there is no plugin yet")
      if ("taskStartedAt" in order && order.taskStartedAt !== undefined) sealed?.renew(order.taskStartedAt)
      const say = (type: "progress" | "log") => (text: string) => send({ type, id, text: String(text) })
      const value = await obey(plugin, order, (frame) => ({
        signal: abort.signal,
        progress: say("progress"),
        log: say("log"),
        cwd: frame.cwd,
        session: frame.session,
        ...ports.of(id)
      }))
      // On trial, a promise that was left behind and has failed belongs to the call that left it.
      if (sealed !== undefined) await turn()
      send({ type: "done", id, value })
    } catch (error) {
      send({ type: "threw", id, error: shown(error) })
    } finally {
      running.delete(id)
    }
  }

  const begin = (id: number, order: Order): void => {
    const one = { tool: "tool" in order ? order.tool : undefined, abort: new AbortController() }
    running.set(id, one)
    void doing.run(one, () => run(id, order, one))
  }

  /** What listens for it works for the call as well. */
  const abort = (one: Doing | undefined, reason: Error): void => {
    if (one !== undefined) doing.run(one, () => one.abort.abort(reason))
  }

  const uncaught = (thrown: unknown): void => {
    const error = shown(thrown)
    const { tool, abort } = doing.getStore() ?? {}
    // A promise that nobody waits for any more, of a call that was aborted: that is no damage.
    const fatal = !(abort?.signal.aborted === true && error.name === "AbortError")
    send({ type: "uncaught", ...(tool === undefined ? {} : { tool }), fatal, error })
    if (fatal) link.exit()
  }
  process.on("uncaughtException", uncaught).on("unhandledRejection", uncaught)
  process.on("exit", () => {
    const { tool } = doing.getStore() ?? {}
    send({ type: "leaving", ...(tool === undefined ? {} : { tool }) })
  })

  return (line) => {
    const frame: ToPlace = parse(line)
    switch (frame.type) {
      case "call":
        return begin(frame.id, frame)
      case "abort":
        return abort(running.get(frame.id), errorOf(frame.reason))
      case "ping":
        return send({ type: "pong" })
      case "load":
        return void load(frame)
      case "warm":
        return void warm(frame, () => send({ type: "ready" }))
      default:
        return ports.hear(frame)
    }
  }
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

const pluginOf = async ({ provided, module, root, packages, version, sources = {} }: Load): Promise<ReadPlugin> => {
  const code: OwnCode = { root, packages, version, sources: new Map(Object.entries(sources)) }
  provide(provided, code)
  return readPlugin(await import(addressOf(module, code)))
}

/** A file's place is its own, whichever version of it has been loaded. */
const shown = (thrown: unknown): Thrown => {
  const { message, stack, cause, ...rest } = dataOf(thrown)
  return {
    ...rest,
    message: unversioned(message),
    ...(stack === undefined ? {} : { stack: unversioned(stack) }),
    ...(cause === undefined ? {} : { cause })
  }
}

/** Some of everything: what strips types is compiled as far as it is used. */
const sample = `
import type { A } from "a"
export interface B<T extends A = A> { readonly c?: T; d(): Promise<ReadonlyArray<string>> }
type E = { [key in keyof B]: B[key] } | undefined
export default class F<T> implements B { private g: T | undefined; constructor(h: T) { this.g = h }
  async d(): Promise<ReadonlyArray<string>> { const { i, ...j } = { i: 1 as number, k: \`\${this.g!}\` } satisfies object; return [] } }
export const l = async <M,>(m: M, n?: (o: E) => m is M): Promise<void> => {}
`

type Warm = Extract<ToPlace, { readonly type: "warm" }>

const warm = async ({ provided, typescript }: Warm, done: () => void): Promise<void> => {
  provide(provided)
  if (typescript) stripTypeScriptTypes(sample)
  // A spare that is not quite warm is a spare all the same.
  await Promise.allSettled([import("zod"), import(provided.plugin)])
  done()
}

type Extension = Extract<Order, { readonly op: "extension" }>
type Run = Extract<Order, { readonly op: "preview" | "execute" }> | Extension

const obey = async (read: ReadPlugin, order: Order, contextOf: (order: Run) => CommandContext): Promise<unknown> => {
  const { plugin, callHook } = read
  if (order.op === "hook") return callHook(order.hook, order.input)
  if (order.op === "inject") return inject(read, order.injection)
  if (order.op === "extension") return extend(read, order, contextOf(order))
  const tool = plugin.tools?.find(({ name }) => name === order.tool)
  if (tool === undefined) throw new Error(`plugin ${plugin.name} has no tool ${order.tool}`)
  if (order.op === "decode") return tool.decode(order.input)
  const context = { ...contextOf(order), taskStartedAt: order.taskStartedAt }
  return tool[order.op](order.raw ? await decoded(tool, order.input) : order.input, context)
}

/** Runs what was registered under this name. */
const extend = (
  { extensions: { commands, shortcuts, widgets } }: ReadPlugin,
  { kind, name, argument }: Extension,
  context: CommandContext
): unknown => {
  if (kind === "command") return commands.find((one) => one.name === name)?.run(argument, context)
  if (kind === "shortcut") return shortcuts.find(({ key }) => key === name)?.run(context)
  return widgets.find((one) => one.name === name)?.render(context)
}

const decoded = async (tool: Tool, input: unknown): Promise<unknown> => {
  const result = await tool.decode(input)
  if ("problems" in result) throw new TypeError(result.problems)
  return result.input
}
