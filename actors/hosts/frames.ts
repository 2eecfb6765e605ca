/**
 * What a host and a plugin's place say to each other: one JSON object a line, the same words for a worker and a child.
 * What comes from a place is checked before it is believed: any code in there may write to the channel.
 */
import type { Injection } from "../../healing/strategy.ts"
import { isManifest, isName, type Manifest } from "./manifest.ts"
import { readThrown, type Thrown } from "./thrown.ts"

/** What is asked of a plugin. */
export type Order =
  | {
      readonly op: "decode"
      readonly tool: string
      readonly input: unknown
      /** In a sealed place, which has no clock but this. */
      readonly taskStartedAt?: number
    }
  | {
      readonly op: "preview" | "execute"
      readonly tool: string
      readonly input: unknown
      /** The input is as the model gave it: it is decoded over there, where what it becomes need not fit into JSON. */
      readonly raw: boolean
      readonly cwd: string
      readonly session: string
      readonly taskStartedAt: number
    }
  /** Runs a command, a key or a widget that the plugin has registered. */
  | {
      readonly op: "extension"
      readonly kind: "command" | "shortcut" | "widget"
      /** Of a command or widget; the key of a shortcut. */
      readonly name: string
      /** Of a command. */
      readonly argument: string
      readonly cwd: string
      readonly session: string
    }
  | { readonly op: "hook"; readonly hook: string; readonly input: unknown }
  | { readonly op: "inject"; readonly injection: Injection }

export type ToPlace =
  | ({ readonly type: "load" } & Load)
  | ({ readonly type: "call"; readonly id: number } & Order)
  /** To a spare: what most plugins need is loaded before there is one. */
  | { readonly type: "warm"; readonly provided: Provided; readonly typescript: boolean }
  | { readonly type: "abort"; readonly id: number; readonly reason: Thrown }
  | { readonly type: "ping" }
  /** Answers to `port` and `sync`, by the request's id. */
  | { readonly type: "ported"; readonly id: number; readonly value?: unknown; readonly error?: Thrown }
  /** Of a command that a port runs. */
  | { readonly type: "output"; readonly id: number; readonly text: string }

export interface Load {
  /** Real absolute path. */
  readonly module: string
  readonly provided: Provided
  /** Real absolute path of the folder that holds all of its own code. */
  readonly root: string
  /** Texts in place of its own files, by real absolute path. */
  readonly sources?: Readonly<Record<string, string>>
  /** Absolute path of the folder whose node_modules holds what was installed for it. */
  readonly packages?: string
  /** How often its code has been loaded in this place before. */
  readonly version: number
  /** The place has no way to the world from now on, and its clock stands at so many milliseconds since the Unix epoch. */
  readonly sealedAt?: number
  /** Bytes of one message; what is longer is refused over there, before it costs the place its life over here. */
  readonly limit: number
}

/** Addresses of modules that every plugin can import without having them. */
export interface Provided {
  /** Of the module that is `kintsugi/plugin`. */
  readonly plugin: string
  /** Of zod's package.json. */
  readonly zod: string
}

/** A use of the host's ports, on behalf of the call `call`. */
export interface PortUse {
  readonly call: number
  readonly id: number
  /** `files.read`, `exec.run`, `fetch.open`, … */
  readonly port: string
  readonly args: ReadonlyArray<unknown>
}

/** What the host says of a response; its body stays there under `body` until it is read or cancelled. */
export interface Opened {
  readonly url: string
  readonly status: number
  readonly statusText: string
  readonly redirected: boolean
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly body: number | undefined
}

export type FromPlace =
  /** The entry has been loaded; in a spare, that it is warm. */
  | { readonly type: "ready" }
  | { readonly type: "loaded"; readonly manifest: Manifest }
  | { readonly type: "unloadable"; readonly error: Thrown }
  | { readonly type: "done"; readonly id: number; readonly value?: unknown }
  | { readonly type: "threw"; readonly id: number; readonly error: Thrown }
  | { readonly type: "progress"; readonly id: number; readonly text: string }
  | { readonly type: "log"; readonly id: number; readonly text: string }
  | ({ readonly type: "port" } & PortUse)
  | ({ readonly type: "sync" } & PortUse)
  /** The signal that the port was given has been aborted. */
  | { readonly type: "unport"; readonly call: number; readonly id: number }
  | { readonly type: "pong" }
  /** An error that nobody caught, and the tool that left it when that is known. After a fatal one the place ends. */
  | { readonly type: "uncaught"; readonly tool?: string; readonly fatal: boolean; readonly error: Thrown }
  /** The place ends itself: `process.exit`. */
  | { readonly type: "leaving"; readonly tool?: string }

export type { Manifest } from "./manifest.ts"

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null
const isText = (value: unknown): value is string => typeof value === "string"
const isId = (value: unknown): value is number => Number.isSafeInteger(value)
const isThrown = (value: unknown): boolean => readThrown(value) !== undefined
const mayName = ({ tool }: Fields): boolean => tool === undefined || isName(tool)
const says = ({ id, text }: Fields): boolean => isId(id) && isText(text)
const uses = ({ call, id, port, args }: Fields): boolean =>
  isId(call) && isId(id) && isText(port) && Array.isArray(args)

const shapes: Readonly<Record<FromPlace["type"], (frame: Fields) => boolean>> = {
  ready: () => true,
  loaded: ({ manifest }) => isManifest(manifest),
  unloadable: ({ error }) => isThrown(error),
  done: ({ id }) => isId(id),
  threw: ({ id, error }) => isId(id) && isThrown(error),
  progress: says,
  log: says,
  port: uses,
  sync: uses,
  unport: ({ call, id }) => isId(call) && isId(id),
  pong: () => true,
  uncaught: (frame) => mayName(frame) && typeof frame.fatal === "boolean" && isThrown(frame.error),
  leaving: mayName
}

/** Levels in which data may be nested: who writes it down again needs a stack frame for each. */
const deepest = 500

const tooDeep: Thrown = { name: "RangeError", message: `the answer is nested deeper than ${deepest} levels` }

const isDeep = (value: unknown): boolean => {
  let level: ReadonlyArray<unknown> = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true
    level = level.filter(isFields).flatMap((one) => Object.values(one).filter(isFields))
  }
  return false
}

/** @returns `undefined` for what no place of ours says. An answer that is too deep is turned into an error of its call. */
export const readFrame = (line: string): FromPlace | undefined => {
  let frame: unknown
  try {
    frame = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isFields(frame) || !isText(frame.type) || !Object.hasOwn(shapes, frame.type)) return undefined
  if (!shapes[frame.type as FromPlace["type"]](frame)) return undefined
  if (line.length < 2 * deepest || !isDeep(frame)) return frame as FromPlace
  return frame.type === "done" && isId(frame.id) ? { type: "threw", id: frame.id, error: tooDeep } : undefined
}
