/** A plugin's place seen from the host: its calls, the watch over it, and its end, after which no call is left open. */
import { PortError } from "../../plugins/ports.ts"
import type { CommandContext } from "../../plugins/extensions.ts"
import { type FromPlace, type Load, type Manifest, type Order, readFrame, type ToPlace } from "./frames.ts"
import { type FaultKind, HostFault, type Limits } from "./host.ts"
import { type Pending, pending } from "./pending.ts"
import { dataOf, errorOf, type Thrown } from "./thrown.ts"
import type { Transport } from "./transport.ts"
import { watch } from "./watch.ts"

export interface Stray {
  readonly error: Error
  readonly tool: string | undefined
}

export interface Remote {
  readonly transport: Transport
  /** @throws HostFault of kind `load`, or what ended the place meanwhile. */
  readonly load: (load: Omit<Load, "limit">) => Promise<Manifest>
  /** Rejects with what the plugin threw, with the `HostFault` of the place's end, or with the reason of its abort, at once. */
  readonly call: (order: Order, context?: CommandContext) => Promise<unknown>
  readonly onStray: (listener: (stray: Stray) => void) => void
  /** Ends it. All that is open is answered. */
  readonly end: (kind: FaultKind, what: string) => void
  /** Resolves with what ended it. */
  readonly ended: Promise<HostFault>
}

export interface RemoteOptions {
  /** What the plugin is called until it has said its name. */
  readonly name: string
  readonly limits: Limits
  readonly log: (message: string) => void
  /** Code that cannot be loaded does not end it: other code may follow. Default false. */
  readonly isLasting?: boolean
}

export const remote = (transport: Transport, { name, limits, log, isLasting = false }: RemoteOptions): Remote => {
  const calls = new Map<number, Pending>()
  let loading = Promise.withResolvers<Manifest>()
  const end = Promise.withResolvers<HostFault>()
  const strays: Array<(stray: Stray) => void> = []
  let plugin = name
  let last = 0
  let fault: HostFault | undefined
  /** It said that it ends itself, for this tool. */
  let leaving: { readonly tool: string | undefined } | undefined

  const tell = (frame: ToPlace): void => {
    if (fault === undefined) transport.send(JSON.stringify(frame))
  }

  const finish = (kind: FaultKind, what: string, more: { readonly tool?: string; readonly cause?: Error } = {}) => {
    if (fault !== undefined) return
    const open = [...calls.values()]
    const tool = more.tool ?? leaving?.tool ?? onlyTool(kind, suspects(kind, open))
    fault = faultOf({ kind, plugin, place: transport.place, ...(tool === undefined ? {} : { tool }) }, what, {
      ...more,
      isOpen: open.length > 0
    })
    watcher.end()
    transport.kill()
    for (const one of open) {
      one.end()
      one.reject(fault)
    }
    calls.clear()
    loading.reject(fault)
    end.resolve(fault)
  }

  const watcher = watch({
    ...limits,
    isBusy: () => calls.size > 0,
    hasLate: () => [...calls.values()].some((one) => one.isLate()),
    ping: () => tell({ type: "ping" }),
    check: () => {
      const used = transport.resident()
      if (used !== undefined && used > limits.memory)
        finish("memory", `used ${used} MiB of memory, ${limits.memory} are allowed, and was killed`)
    },
    onStill: (milliseconds) =>
      finish("hung", `did not react for ${milliseconds / 1000} s: its event loop stood still, and it was killed`)
  })

  const call: Remote["call"] = (order, context) => {
    if (fault !== undefined) return Promise.reject(fault)
    if (context?.signal.aborted === true) return Promise.reject(context.signal.reason)
    const id = ++last
    const onAbort = (reason: unknown) => {
      tell({ type: "abort", id, reason: dataOf(reason) })
      watcher.hurry()
    }
    const { one, promise } = pending({ order, context, limit: limits.message, tell, onAbort })
    calls.set(id, one)
    tell({ type: "call", id, ...order })
    watcher.wake()
    return promise
  }

  const stray = (thrown: Thrown, tool: string | undefined): void => {
    const error = errorOf(thrown)
    for (const listener of strays) listener({ error, tool })
  }

  const settle = (frame: Extract<FromPlace, { readonly type: "done" | "threw" }>): void => {
    const one = calls.get(frame.id)
    if (one === undefined) return
    calls.delete(frame.id)
    one.end()
    if (frame.type === "done") one.resolve(frame.value)
    else if (!one.isLate()) one.reject(errorOf(frame.error))
    // Its caller has gone; that it was aborted is no news.
    else if (frame.error.name !== "AbortError") stray(frame.error, one.tool)
  }

  const hear = (frame: FromPlace): void => {
    switch (frame.type) {
      case "done":
      case "threw":
        return settle(frame)
      case "progress":
        return calls.get(frame.id)?.context?.progress(frame.text)
      case "log":
        return calls.get(frame.id)?.context?.log(frame.text)
      case "port": {
        const one = calls.get(frame.call)
        return one === undefined ? tell(refused(frame.id)) : one.use(frame)
      }
      case "sync":
        return transport.answer(JSON.stringify(calls.get(frame.call)?.useNow(frame) ?? refused(frame.id)))
      case "unport":
        return calls.get(frame.call)?.unport(frame.id)
      case "pong":
        return watcher.heard()
      case "loaded":
        plugin = frame.manifest.name
        watcher.wake()
        return loading.resolve(frame.manifest)
      case "unloadable":
        if (isLasting) return loading.reject(errorOf(frame.error))
        return finish("load", `cannot be loaded: ${frame.error.message}`, { cause: errorOf(frame.error) })
      case "uncaught":
        return frame.fatal ? uncaught(frame) : stray(frame.error, frame.tool)
      case "leaving":
        leaving = { tool: frame.tool }
    }
  }

  const uncaught = ({ error, tool }: Extract<FromPlace, { readonly type: "uncaught" }>): void =>
    finish("uncaught", `left an error that nobody caught: ${error.name}: ${error.message}`, {
      cause: errorOf(error),
      ...(tool === undefined ? {} : { tool })
    })

  transport.listen({
    line: (line) => {
      if (fault !== undefined) return
      const frame = readFrame(line)
      if (frame !== undefined) return hear(frame)
      finish("protocol", `sent what is no message of ours, and was killed: ${JSON.stringify(line.slice(0, 80))}`)
    },
    fault: (kind, what) => finish(kind, what),
    wrote: (line) => log(`${plugin}: ${line}`)
  })

  const load: Remote["load"] = (what) => {
    if (fault !== undefined) return Promise.reject(fault)
    loading = Promise.withResolvers()
    const late = () => finish("load", `took longer than ${limits.load / 1000} s to load, and was killed`)
    const timer = setTimeout(late, limits.load)
    tell({ type: "load", ...what, limit: limits.message })
    return loading.promise.finally(() => clearTimeout(timer))
  }
  // Whoever does not load yet does not want to hear of it.
  loading.promise.catch(() => {})

  return { transport, load, call, onStray: (one) => strays.push(one), end: finish, ended: end.promise }
}

/** Of a place that stands still, the calls that were told to end and did not. */
const suspects = (kind: FaultKind, open: ReadonlyArray<Pending>): ReadonlyArray<Pending> => {
  const late = kind === "hung" ? open.filter((one) => one.isLate()) : []
  return late.length > 0 ? late : open
}

/** Whose call it was when no other is under way. What ended from outside is nobody's. */
const onlyTool = (kind: FaultKind, open: ReadonlyArray<Pending>): string | undefined => {
  const tools = new Set(open.map(({ tool }) => tool))
  return kind !== "closed" && tools.size === 1 ? open[0]?.tool : undefined
}

const refused = (id: number): Extract<ToPlace, { readonly type: "ported" }> => ({
  type: "ported",
  id,
  error: dataOf(new PortError("execution_error", "the call is over, and with it the use of the host's ports"))
})

const faultOf = (
  fault: ConstructorParameters<typeof HostFault>[0],
  what: string,
  { cause, isOpen }: { readonly cause?: Error; readonly isOpen: boolean }
): HostFault => {
  const where = fault.tool === undefined ? "" : `, in its tool ${fault.tool},`
  const meaning = isOpen ? "; what the calls under way had done before is not known" : ""
  return new HostFault(fault, `plugin ${fault.plugin}${where} ${what}${meaning}`, cause === undefined ? {} : { cause })
}
