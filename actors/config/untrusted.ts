/** What remains of the configuration of a folder that nobody trusts: whatever asks for less, and preferences. */
import { realpathSync } from "node:fs"
import { isAbsolute, relative, resolve } from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { Restriction } from "./key-info.ts"
import { expandHome } from "../folders.ts"

/** What a value is judged against. */
export interface Standing {
  /** The key's value without this source. */
  readonly below: unknown
  readonly cwd: string
  readonly home: string
  /** Whether a model provider is registered, so that its address is ours. */
  readonly isProvider: (name: string) => boolean
}

/** @returns the value that may stand, or `undefined` when it is to be ignored. */
export const restrict = (restriction: Restriction, value: unknown, standing: Standing): unknown =>
  isDeepStrictEqual(value, standing.below) ? value : judges[restriction](value, standing)

/** Strictest first. */
const modes: ReadonlyArray<unknown> = ["plan", "ask", "edits", "auto"]

const judges: Readonly<Record<Restriction, (value: unknown, standing: Standing) => unknown>> = {
  free: (value) => value,
  never: () => undefined,
  off: (value) => (value === false ? value : undefined),
  lower: (value, { below }) => (below === undefined || Number(value) < Number(below) ? value : undefined),
  stricter: (value, { below }) => (modes.indexOf(value) < modes.indexOf(below) ? value : undefined),
  more: (value, { below }) => [...new Set([...items(below), ...items(value)])],
  fewer: (value, { below }) => {
    const part = items(value)
    const whole = items(below)
    return part.length > 0 && (whole.length === 0 || part.every((item) => whole.includes(item))) ? value : undefined
  },
  inside: (value, { below, cwd, home }) => {
    const outer = items(below).flatMap((path) => realPath(path, cwd, home) ?? [])
    const inner = items(value).map((path) => realPath(path, cwd, home))
    return inner.every((path) => path !== undefined && outer.some((folder) => contains(folder, path)))
      ? value
      : undefined
  },
  provider: (value, { isProvider }) => {
    const models = typeof value === "string" ? [value] : items(value)
    return models
      .map((model) => model.slice(0, model.indexOf("/")))
      .every((name) => name !== script && isProvider(name))
      ? value
      : undefined
  }
}

/** A provider that reads a file: the folder's own would speak as the model. */
const script = "scripted"

const items = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : []

const realPath = (path: string, cwd: string, home: string): string | undefined => {
  try {
    return realpathSync(resolve(cwd, expandHome(path, home)))
  } catch {
    return undefined
  }
}

const contains = (folder: string, path: string): boolean => {
  const way = relative(folder, path)
  return way === "" || (!isAbsolute(way) && way !== ".." && !way.startsWith("../"))
}
