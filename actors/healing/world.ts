/**
 * The ports of a call that is played: what it uses is answered from its tape, from its example, or by a look at the real
 * world that changes nothing. What it does stays in here, can be read back, and is told.
 */
import { join, relative, resolve } from "node:path"
import type { Use, World } from "../../healing/tape.ts"
import { isInside } from "../../plugins/ports/real-path.ts"
import { type Exec, type FileInfo, type Files, PortError } from "../../plugins/ports.ts"
import type { ToolContext } from "../../plugins/tool.ts"
import { playedExec } from "./trial/played-exec.ts"
import { playedFetch } from "./trial/played-fetch.ts"
import { type Player, player } from "./trial/player.ts"
import { bytesOf, contentOf, errorOf, thrownOf } from "./uses.ts"

export interface Played {
  readonly ports: { readonly files: Files; readonly exec: Exec; readonly fetch: ToolContext["fetch"] }
  /** What it did, in order. */
  readonly effects: () => ReadonlyArray<Use>
  /** What nothing could answer. */
  readonly beyond: () => ReadonlyArray<string>
}

/** Never changes anything outside; the same uses in the same order have the same answers. */
export const play = (world: World): Played => {
  const one = player(world)
  return {
    ports: { files: playedFiles(one), exec: playedExec(one), fetch: playedFetch(one) },
    effects: () => [...one.effects],
    beyond: () => [...new Set(one.beyond)]
  }
}

const playedFiles = (one: Player): Files => {
  const { world } = one
  const written = new Map<string, Uint8Array>()
  /** Where what was resolved leads; a tape knows of links, nobody else does. */
  const real = new Map<string, string>()
  const example =
    world.files && new Map(Object.entries(world.files).map(([path, text]) => [join(world.cwd, path), text]))
  const placeOf = (path: string): string => {
    const full = resolve(world.cwd, path)
    return real.get(path) ?? real.get(full) ?? full
  }

  const textAt = (place: string): Uint8Array | undefined => {
    const text = example?.get(place)
    return written.get(place) ?? (text === undefined ? undefined : Buffer.from(text))
  }

  const fileAt = (place: string): FileInfo | undefined => {
    const content = textAt(place)
    const changedAt = world.taskStartedAt
    if (content !== undefined) return { kind: "file", size: content.byteLength, changedAt }
    const names = [...written.keys(), ...(example?.keys() ?? [])]
    const isFolder =
      place === world.cwd ? example !== undefined : names.some((name) => name !== place && isInside(name, place))
    return isFolder ? { kind: "folder", size: 4096, changedAt } : undefined
  }

  return {
    display: (path) => {
      const taped = one.next("files.display", [path])
      if (typeof taped?.value === "string") return taped.value
      const full = resolve(world.cwd, path)
      return isInside(full, world.cwd) ? relative(world.cwd, full) || "." : full
    },
    resolve: async (path) => {
      const found = await one.look("files.resolve", [path])
      const place = typeof found === "string" ? found : resolve(world.cwd, path)
      if (found === undefined && example !== undefined && !isInside(place, world.cwd))
        throw new PortError("permission_denied", `${path} is outside the allowed folders`)
      real.set(path, place)
      return place
    },
    read: async (path) => {
      const place = placeOf(path)
      const own = textAt(place)
      if (own !== undefined) return own
      if (fileAt(place) !== undefined) throw new PortError("invalid_arguments", `${path} is a folder, not a file`)
      const found = example === undefined ? await one.look("files.read", [path]) : undefined
      const bytes = readBytes(found)
      if (bytes === undefined) throw new PortError("not_found", `${path}: does not exist`)
      return bytes
    },
    stat: async (path) => {
      const own = fileAt(placeOf(path))
      if (own !== undefined || example !== undefined) return own
      // The cast is the boundary: it is what `stat` once gave.
      return (await one.look("files.stat", [path])) as FileInfo | undefined
    },
    write: async (path, data) => {
      const content = contentOf(data)
      const refused = one.refusal("files.write", path)
      one.effects.push({
        port: "files.write",
        args: [path, content],
        ...(refused === undefined ? {} : { error: refused })
      })
      if (refused !== undefined) throw thrownOf(refused)
      written.set(placeOf(path), Buffer.from(data))
    }
  }
}

/** Looks at the real world through a session's own files, confined like any call of it. */
export const lookWith =
  (files: Files): NonNullable<World["look"]> =>
  async ({ port, args }) => {
    const path = String(args[0])
    try {
      const value = await seen(files, port, path)
      return { port, args, ...(value === undefined ? {} : { value }) }
    } catch (error) {
      return { port, args, error: errorOf(error) }
    }
  }

const seen = async (files: Files, port: string, path: string): Promise<unknown> => {
  switch (port) {
    case "files.resolve":
      return files.resolve(path)
    case "files.read":
      return bytesOf(await files.read(path))
    case "files.stat":
      return files.stat(path)
    case "files.display":
      return files.display(path)
    default:
      throw new PortError("execution_error", `${port} is no mere look`)
  }
}

const readBytes = (value: unknown): Uint8Array | undefined => {
  if (typeof value === "string") return Buffer.from(value)
  const isBytes = typeof value === "object" && value !== null && "base64" in value && typeof value.base64 === "string"
  return isBytes ? Buffer.from(String(value.base64), "base64") : undefined
}
