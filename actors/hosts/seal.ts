/**
 * Closes what leads out of a trial's place, besides what is closed in every child: the network, name look-up, the
 * debugger, the environment. The ways are closed where Node's own code goes through them, and cannot be opened again.
 */
import dgram from "node:dgram"
import dns from "node:dns"
import inspector from "node:inspector"
import { syncBuiltinESMExports } from "node:module"
import net from "node:net"
import { type Chance, tame } from "./chance.ts"

const denied = (): Error =>
  Object.assign(new Error("code that is on trial has no network"), { code: "ERR_ACCESS_DENIED" })

function refuse(): never {
  throw denied()
}

const refuseLater = (): Promise<never> => Promise.reject(denied())

const close = (object: object, name: string, value: unknown = refuse): void => {
  Object.defineProperty(object, name, { value, writable: false, configurable: false, enumerable: true })
}

const closeAll = (object: object, names: ReadonlyArray<string>, value: unknown = refuse): void => {
  for (const name of names) if (typeof Reflect.get(object, name) === "function") close(object, name, value)
}

/** Functions of name look-up, callbacks and promises alike. */
const lookUps = (object: object): ReadonlyArray<string> =>
  Object.getOwnPropertyNames(object).filter((name) => /^(lookup|resolve|reverse)/.test(name))

/** Kept of the environment: in which time zone dates are shown is part of what a tool answers. */
const kept = new Set(["TZ"])

const emptyEnvironment = (): void => {
  for (const name of Object.keys(process.env)) if (!kept.has(name)) Reflect.deleteProperty(process.env, name)
}

/** Sockets of every kind, above which all clients are built, those of `fetch` and TLS as well. */
const closeNetwork = (): void => {
  close(net.Socket.prototype, "connect")
  close(net.Server.prototype, "listen")
  closeAll(dgram.Socket.prototype, ["bind", "connect", "send", "addMembership"])
  for (const object of [dns, dns.Resolver.prototype]) closeAll(object, lookUps(object))
  for (const object of [dns.promises, dns.promises.Resolver.prototype]) closeAll(object, lookUps(object), refuseLater)
  close(globalThis, "fetch", refuseLater)
  closeAll(globalThis, ["WebSocket", "EventSource"])
}

export interface Seal {
  /** What the code before has left behind is swept away; clock and chance begin anew. */
  readonly renew: (at: number) => void
}

export const seal = (): Seal => {
  closeNetwork()
  closeAll(inspector, ["open", "waitForDebugger"])
  close(inspector.Session.prototype, "connect")
  closeAll(process, ["chdir", "setuid", "setgid"])
  const chance: Chance = tame()
  syncBuiltinESMExports()
  const names = new Set(Reflect.ownKeys(globalThis))
  return {
    renew: (at) => {
      emptyEnvironment()
      for (const name of Reflect.ownKeys(globalThis)) if (!names.has(name)) Reflect.deleteProperty(globalThis, name)
      chance.begin(at)
    }
  }
}
