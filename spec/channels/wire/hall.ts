/** A hub over a real runtime, with a scripted model and clients on wires of memory, each of which checks what it is sent. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach } from "vitest"
import { createRuntime, type Runtime } from "../../../actors/runtime.ts"
import type { RuntimeOptions } from "../../../actors/runtime/options.ts"
import type { OutFrame } from "../../../channels/wire/frames.ts"
import { type Clock, type Hub, type HubParts, openHub } from "../../../channels/wire/hub.ts"
import type { PacedPeer, User, Wire } from "../../../channels/wire/wire.ts"
import { mustFit } from "./exact.ts"

type Framed<Type extends OutFrame["type"]> = Extract<OutFrame, { type: Type }>

export interface Client {
  readonly peer: PacedPeer
  /** All that came, in order. */
  readonly frames: Array<OutFrame>
  readonly say: (frame: object | string) => void
  /** The first that fits, of those that came after the last one waited for. */
  readonly next: <Type extends OutFrame["type"]>(
    type: Type,
    fits?: (frame: Framed<Type>) => boolean
  ) => Promise<Framed<Type>>
  readonly all: <Type extends OutFrame["type"]>(type: Type) => ReadonlyArray<Framed<Type>>
  /** Takes no more than this many frames until it is told otherwise. */
  readonly take: (count: number) => void
  readonly ended: () => { readonly code: number; readonly reason: string } | undefined
}

export const operator: User = { owner: undefined, name: "operator" }
export const ann: User = { owner: "key:ann", name: "ann" }
export const bob: User = { owner: "key:bob", name: "bob" }
const keys: Readonly<Record<string, User>> = { "key-of-the-operator": operator, "key-of-ann": ann, "key-of-bob": bob }

export interface Hall {
  readonly runtime: Runtime
  readonly hub: Hub
  /** @param user Known from the start; absent: it must say so. */
  readonly connect: (user?: User) => Client
}

export const makeHalls = () => {
  const closing: Array<() => Promise<void>> = []
  afterEach(async () => {
    const [wrong] = unfit.splice(0)
    for (const close of closing.splice(0).toReversed()) await close()
    if (wrong !== undefined) throw wrong
  })

  const folder = async (): Promise<string> => {
    const made = await mkdtemp(join(tmpdir(), "kintsugi-hall-"))
    closing.push(() => rm(made, { recursive: true }))
    return made
  }

  const open = async (
    model: RuntimeOptions["model"],
    parts: Partial<Omit<HubParts, "runtime">> = {},
    options: RuntimeOptions = {}
  ): Promise<Hall> => {
    const cwd = options.cwd ?? (await folder())
    const runtime = await createRuntime({ cwd, env: {}, model, ...options })
    closing.push(runtime.close)
    return { runtime, ...hallOf(runtime, cwd, parts) }
  }
  return { open, folder }
}

/** Time that passes when a spec says so. */
export const makeClock = () => {
  const waiting = new Set<{ readonly at: number; readonly run: () => void }>()
  let time = 1_800_000_000_000
  const clock: Clock = {
    now: () => time,
    later: (delay, run) => {
      const one = { at: time + delay, run }
      waiting.add(one)
      return () => void waiting.delete(one)
    }
  }
  const pass = (milliseconds: number): void => {
    time += milliseconds
    for (const one of [...waiting].toSorted((a, b) => a.at - b.at)) {
      if (one.at > time || !waiting.delete(one)) continue
      one.run()
    }
  }
  return { ...clock, pass }
}

/** Of whatever there is to reach sessions. */
export const hallOf = (runtime: HubParts["runtime"], cwd: string, parts: Partial<Omit<HubParts, "runtime">> = {}) => {
  const hub = openHub({
    version: "0.0.0",
    place: { cwd, permissions: "ask" },
    models: async () => [{ id: "played/one", name: "One" }],
    ...parts,
    runtime
  })
  return { hub, connect: (user?: User) => connectTo(hub, user) }
}

/** What a hub sent that is not as published; the spec in which it did so fails. */
const unfit: Array<unknown> = []

const connectTo = (hub: Hub, user?: User): Client => {
  const frames: Array<OutFrame> = []
  const looking = new Set<() => void>()
  let ended: { code: number; reason: string } | undefined
  let room = Infinity
  let seen = 0
  const wire: Wire = {
    send: (frame) => {
      if (ended !== undefined) return
      try {
        mustFit("server", frame)
      } catch (error) {
        unfit.push(error)
      }
      room -= 1
      frames.push(structuredClone(frame))
      for (const look of looking) look()
    },
    isFree: () => room > 0,
    end: (code, reason) => {
      ended ??= { code, reason }
      for (const look of looking) look()
    }
  }
  const authenticate = (key: string | undefined): User | undefined =>
    key !== undefined && Object.hasOwn(keys, key) ? keys[key] : undefined
  const peer = hub.join({ wire, authenticate, ...(user !== undefined && { user }) })
  const next: Client["next"] = (type, fits = () => true) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        looking.delete(look)
        reject(new Error(`no ${type} came; there are:\n${frames.slice(-12).map(brief).join("\n")}`))
      }, 8000)
      const look = (): void => {
        for (; seen < frames.length; seen += 1) {
          const frame = frames[seen]
          if (frame?.type !== type || !fits(frame as never)) continue // the type is looked at just before
          seen += 1
          looking.delete(look)
          clearTimeout(late)
          return resolve(frame as never)
        }
      }
      looking.add(look)
      look()
    })
  return {
    peer,
    frames,
    say: (frame) => peer.receive(typeof frame === "string" ? frame : JSON.stringify(frame)),
    next,
    all: (type) => frames.flatMap((frame) => (frame.type === type ? [frame as never] : [])),
    take: (count) => {
      room = count
      if (count > 0) peer.drained()
    },
    ended: () => ended
  }
}

const brief = (frame: OutFrame): string => JSON.stringify(frame).slice(0, 200)
