/** One child that has started and waits for a plugin, so that a dead one is replaced in milliseconds. */
import { type ChildTransport, spawnChild } from "./child.ts"
import { within } from "../../plugins/ports/within.ts"
import { provided } from "./entry-files.ts"
import { type Code, codeOf } from "./plugin-folder.ts"
import type { ToPlace } from "./frames.ts"
import type { TransportOptions } from "./transport.ts"

export interface SpareKeeper {
  /** The spare, when it is ready and may read this code and these packages; it is ours from then on. */
  readonly take: (code: Code, packages: string | undefined) => ChildTransport | undefined
  /** Process id of the spare, when it is ready. */
  readonly pid: () => number | undefined
  /** Starts one a moment later, when there is none and anybody could use it. */
  readonly prepare: () => void
  /** Lets go of the one there is, until somebody prepares another. */
  readonly rest: () => void
  readonly close: () => Promise<void>
}

/**
 * @param modules Of the plugins that may need it: their folders are what it may read.
 * @param packages Folders of what was installed for them: it may read these as well.
 */
export const spareKeeper = (
  modules: ReadonlyArray<string>,
  packages: ReadonlyArray<string>,
  options: TransportOptions
): SpareKeeper => {
  const folders = new Set([...modules.flatMap(folderOf), ...packages])
  const typescript = modules.some((module) => module.endsWith("ts"))
  let spare: ChildTransport | undefined
  let isReady = false
  let isClosed = false
  let preparing: NodeJS.Timeout | undefined

  const forget = (which: ChildTransport) => {
    if (spare === which) spare = undefined
  }

  const spawnSpare = () => {
    if (isClosed || spare !== undefined || folders.size === 0) return
    isReady = false
    const one = spawnChild([...folders], options)
    one.send(JSON.stringify({ type: "warm", provided, typescript } satisfies ToPlace))
    one.hold(false)
    spare = one
    void one.gone.then(() => forget(one))
    one.ready.then(
      () => {
        if (spare === one) isReady = true
      },
      () => forget(one)
    )
  }

  return {
    take: ({ folder }, packages) => {
      const mayRead = folders.has(folder) && (packages === undefined || folders.has(packages))
      const taken = isReady && mayRead ? spare : undefined
      if (taken === undefined) return undefined
      spare = undefined
      taken.hold(true)
      return taken
    },
    pid: () => (isReady ? spare?.pid : undefined),
    // Not at once: whoever has just lost his place shall not wait for the next one's spawn.
    prepare: () => {
      clearTimeout(preparing)
      preparing = setTimeout(spawnSpare, 50).unref()
    },
    rest: () => {
      clearTimeout(preparing)
      spare?.kill()
    },
    close: async () => {
      isClosed = true
      // Held, or we might end before it has.
      spare?.hold(true)
      spare?.kill()
      if (spare !== undefined) await within(spare.gone, 2000)
    }
  }
}

/** A module that is not there will say so when it is opened. */
const folderOf = (module: string): ReadonlyArray<string> => {
  try {
    return [codeOf(module).folder]
  } catch {
    return []
  }
}
