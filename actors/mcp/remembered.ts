/**
 * What servers offered when they were connected last, so that the first turn of the next process knows it before they are ready.
 * One small file for each configuration of a server; what is damaged counts as not there.
 */
import { createHash } from "node:crypto"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { replaceFile } from "../replace-file.ts"
import type { Way } from "./entry.ts"
import type { Era } from "./link.ts"
import type { Offer } from "./lists.ts"

export interface Remembered {
  readonly offer: Offer
  /** Present while it may be relied on: an upgraded server still speaks the old way, and nobody would notice. */
  readonly era?: Era
}

export interface Memory {
  readonly find: (name: string, way: Way) => Remembered | undefined
  /** Does nothing when it cannot be written. */
  readonly keep: (name: string, way: Way, remembered: Remembered) => void
}

/** Changes with the shape of what is kept. */
const format = 1

/** Bytes; what is longer is not ours. */
const longest = 8 * 1024 * 1024

/** Milliseconds that an era is relied on. */
const day = 24 * 60 * 60 * 1000

/** @param cache Absolute path of Kintsugi's cache folder; absent: nothing is remembered. */
export const openMemory = (cache: string | undefined): Memory => {
  if (cache === undefined) return { find: () => undefined, keep: () => {} }
  const fileOf = (name: string, way: Way) => join(cache, "mcp", `${fingerprint(name, way)}.json`)
  return {
    find: (name, way) => {
      const kept = read(fileOf(name, way))
      if (kept === undefined) return undefined
      const { offer, era, at } = kept
      return { offer, ...(era !== undefined && Date.now() - at < day && { era }) }
    },
    keep: (name, way, { offer, era }) => {
      const file = fileOf(name, way)
      const before = read(file)
      const isFresh = before !== undefined && Date.now() - before.at < day / 2
      if (isFresh && before.era === era && isDeepStrictEqual(before.offer, offer)) return
      try {
        replaceFile(file, JSON.stringify({ format, offer, era, at: Date.now() }))
      } catch {
        // The next start waits for the server, as the first did.
      }
    }
  }
}

/** Of what the server is, not of keys, from which nothing may be derived. */
const fingerprint = (name: string, way: Way): string => {
  const what =
    way.transport === "stdio"
      ? [way.command, way.args, Object.keys(way.env), way.cwd]
      : [way.transport, way.url.split("?", 1)[0], Object.keys(way.headers)]
  return createHash("sha256")
    .update(JSON.stringify([name, what]))
    .digest("hex")
    .slice(0, 32)
}

interface Kept extends Remembered {
  readonly at: number
}

const read = (file: string): Kept | undefined => {
  try {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? longest) >= longest) return undefined
    const kept: unknown = JSON.parse(readFileSync(file, "utf8"))
    return isKept(kept) ? kept : undefined
  } catch {
    return undefined
  }
}

const isKept = (kept: unknown): kept is Kept => {
  if (!isObject(kept) || kept.format !== format || !isObject(kept.offer) || typeof kept.at !== "number") return false
  const { tools, refused, prompts, resources, templates } = kept.offer
  const lists = [tools, refused, prompts, resources, templates]
  const isEra = kept.era === undefined || kept.era === "modern" || kept.era === "legacy"
  return isEra && lists.every((list) => Array.isArray(list) && list.every(isObject)) && areTools(tools)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const areTools = (tools: unknown): boolean =>
  Array.isArray(tools) && tools.every((tool) => typeof tool.name === "string" && isObject(tool.inputSchema))
