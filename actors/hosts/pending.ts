/** One call that a plugin's place has been given, from the host's side: who waits for it, and which ports it may use. */
import type { CommandContext } from "../../plugins/extensions.ts"
import type { Order, PortUse, ToPlace } from "./frames.ts"
import { type NearPorts, nearPorts } from "./near-ports.ts"

type Reply = Parameters<Parameters<typeof nearPorts>[2]>[0]

export interface Pending {
  readonly tool: string | undefined
  readonly context: CommandContext | undefined
  /** The caller has heard of its abort; only the place has not come to its end. */
  readonly isLate: () => boolean
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly use: (use: PortUse) => void
  readonly useNow: (use: PortUse) => Reply | undefined
  readonly unport: (id: number) => void
  /** It is over: nobody listens for its abort, its ports are closed. */
  readonly end: () => void
}

export interface PendingOptions {
  readonly order: Order
  readonly context: CommandContext | undefined
  /** Bytes of one message. */
  readonly limit: number
  readonly tell: (frame: ToPlace) => void
  readonly onAbort: (reason: unknown) => void
}

export const pending = ({ order, context, limit, tell, onAbort }: PendingOptions) => {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  let ports: NearPorts | undefined
  let isLate = false

  const abort = (): void => {
    isLate = true
    const reason: unknown = context?.signal.reason
    reject(reason)
    onAbort(reason)
  }
  context?.signal.addEventListener("abort", abort, { once: true })

  /** Made when it is needed: most calls use none. */
  const open = (): NearPorts | undefined =>
    context === undefined ? undefined : (ports ??= nearPorts(context, limit, tell))

  const one: Pending = {
    tool: "tool" in order ? order.tool : undefined,
    context,
    isLate: () => isLate,
    resolve,
    reject,
    use: (use) => void open()?.use(use),
    useNow: (use) => open()?.useNow(use),
    unport: (id) => ports?.abort(id),
    end: () => {
      context?.signal.removeEventListener("abort", abort)
      ports?.close()
    }
  }
  return { one, promise }
}
