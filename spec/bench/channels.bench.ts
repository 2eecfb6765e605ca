/**
 * What the WebSocket channel costs: a thousand sockets with a session each and ten turns in each, against a model on
 * loopback; then what an idle session holds, and nine thousand further sockets that only listen. Runs once, some five minutes.
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { builtProgram } from "./built-program.ts"
import type { Bench, Figure } from "./bench.ts"
import type { Order, Outcome } from "./channels/clients.ts"
import type { Took } from "./channels/model.ts"
import { type Server, startServer } from "./channels/server.ts"

const key = "a-key-for-a-bench-on-loopback"
const sockets = 1_000
const turns = 10
const listeners = 9_000
/** Turns a second that all clients begin together, about. */
const rate = 60

const started = (file: string): ChildProcess => fork(join(import.meta.dirname, "channels", file))

const ask = async (child: ChildProcess, order: unknown): Promise<unknown> => {
  child.send(order as object)
  return (await once(child, "message"))[0]
}

/** @throws unless every turn was answered once, with its own answer, and the numbers have no gaps. */
const outcomeOf = async (clients: ChildProcess, order: Order): Promise<Outcome> => {
  const outcome = (await ask(clients, order)) as Outcome
  const [first] = outcome.complaints
  if (first !== undefined) throw new Error(`${outcome.complaints.length} complaints, the first: ${first}`)
  const expected = order.clients * order.turns
  if (outcome.turns.length !== expected) throw new Error(`${outcome.turns.length} of ${expected} turns were answered`)
  return outcome
}

const percentile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

const ownShare = ({ turns: all }: Outcome, took: Took): ReadonlyArray<number> =>
  all.map((turn) => turn.took - (took[turn.said] ?? Number.NaN)).toSorted((a, b) => a - b)

const memory = async (server: Server) => ({ heap: await server.heap(), resident: server.resident() })

const measured = async (server: Server, model: ChildProcess, begun: Array<ChildProcess>) => {
  const clientsOf = async (order: Omit<Order, "url" | "key">) => {
    const clients = started("clients.ts")
    begun.push(clients)
    return outcomeOf(clients, { url: server.url, key, ...order })
  }
  await clientsOf({ clients: 1, turns, pause: 10 })
  const before = { ...(await memory(server)), cpu: server.cpu() }
  const outcome = await clientsOf({ clients: sockets, turns, pause: (sockets / rate) * 1000 })
  const share = ownShare(outcome, (await ask(model, "report")) as Took)
  const cpu = (server.cpu() - before.cpu) / (sockets * turns)
  const working = await memory(server)
  await clientsOf({ clients: listeners, turns: 0, pause: 0 })
  const crowded = await memory(server)
  const beside = await clientsOf({ clients: 20, turns, pause: 300 })
  const besideShare = ownShare(beside, (await ask(model, "report")) as Took)
  return { share, cpu, before, working, crowded, besideShare }
}

const figuresOf = ({ share, cpu, before, working, crowded, besideShare }: Awaited<ReturnType<typeof measured>>) => {
  const each = (of: "heap" | "resident", from: typeof working, to: typeof working, count: number): number =>
    (to[of] - from[of]) / count
  return [
    { what: "our share of a turn, p50", unit: "ms", ours: percentile(share, 0.5) },
    {
      what: "our share of a turn, p99",
      unit: "ms",
      ours: percentile(share, 0.99),
      aim: { of: "value", most: 50 }
    },
    { what: "CPU of the server for each turn", unit: "ms", ours: cpu },
    {
      what: "an idle session, heap",
      unit: "bytes",
      ours: each("heap", before, working, sockets),
      aim: { of: "value", most: 100_000 }
    },
    { what: "an idle session, resident", unit: "bytes", ours: each("resident", before, working, sockets) },
    { what: "an idle socket, heap", unit: "bytes", ours: each("heap", working, crowded, listeners) },
    { what: "an idle socket, resident", unit: "bytes", ours: each("resident", working, crowded, listeners) },
    { what: "our share beside 10,000 sockets, p99", unit: "ms", ours: percentile(besideShare, 0.99) }
  ] satisfies ReadonlyArray<Figure>
}

export const bench: Bench = async ({ root }) => {
  const program = builtProgram(root)
  const folder = await mkdtemp(join(tmpdir(), "kintsugi-bench-"))
  const model = started("model.ts")
  const begun: Array<ChildProcess> = [model]
  const [{ port: modelPort }] = (await once(model, "message")) as [AddressInfo]
  const server = await startServer({ program, folder, key, modelPort, connections: sockets + listeners + 100 })
  try {
    return figuresOf(await measured(server, model, begun))
  } finally {
    await server.stop()
    for (const child of begun) if (child.connected) child.disconnect()
    await rm(folder, { recursive: true, force: true })
  }
}
