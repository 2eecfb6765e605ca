/** The hooks that are known: of files, read once until something changes, and of skills that are followed. */
import type { CommandHook, CommandHooks, CommandHookSet } from "../command-hooks.ts"
import { type HookPlaces, markOf } from "./places.ts"
import { readHooks } from "./read-hooks.ts"

export interface HookBook extends CommandHooks {
  /** What `all` or `again` gave last; absent before the first time. */
  readonly known: () => CommandHookSet | undefined
  /** Whether files are not any more as they were read. A few `stat`s. */
  readonly isStale: () => boolean
  /** Of skills that are followed in a session. */
  readonly followed: (session: string) => ReadonlyArray<CommandHook>
  /** Of all sessions. */
  readonly following: () => ReadonlyArray<CommandHook>
  /** What it follows is over; of what it began to follow later than that it is not. @param until As `performance` counts, since 1970. */
  readonly unfollow: (session: string, until?: number) => void
  /** Called whenever there are others. @returns what ends that. */
  readonly watch: (changed: () => void) => () => void
}

const nothing: CommandHookSet = { hooks: [], problems: [] }

interface Followed {
  readonly hook: CommandHook
  /** Milliseconds, as `performance` counts, since 1970. */
  readonly since: number
}

/** @param places Absent: no file is looked for. */
export const hookBook = (places?: HookPlaces): HookBook => {
  let state: { readonly set: CommandHookSet; readonly mark: string; readonly off: boolean } | undefined
  let reading: Promise<CommandHookSet> | undefined
  const followed = new Map<string, ReadonlyArray<Followed>>()
  const watchers = new Set<() => void>()
  const told = (): void => watchers.forEach((changed) => changed())

  const look = async (): Promise<CommandHookSet> => {
    const parted = places?.plugins() ?? []
    // A file that is changed while it is read is seen to have changed.
    const mark = places === undefined ? "" : markOf(places, parted)
    const read =
      places === undefined || mark === ""
        ? { set: nothing, off: false }
        : (await import("./hook-files.ts")).readHookFiles(places, parted)
    state = { ...read, mark }
    told()
    return read.set
  }
  const again = (): Promise<CommandHookSet> =>
    (reading ??= look().finally(() => {
      reading = undefined
    }))

  return {
    all: async () => state?.set ?? again(),
    again,
    read: readHooks,
    known: () => state?.set,
    isStale: () => places !== undefined && state !== undefined && state.mark !== markOf(places),
    follow: (session, hooks) => {
      if (state?.off === true || hooks.length === 0) return
      const since = performance.timeOrigin + performance.now()
      followed.set(session, [...(followed.get(session) ?? []), ...hooks.map((hook) => ({ hook, since }))])
      told()
    },
    followed: (session) => (followed.get(session) ?? []).map(({ hook }) => hook),
    following: () => [...followed.values()].flat().map(({ hook }) => hook),
    unfollow: (session, until = Number.POSITIVE_INFINITY) => {
      const left = (followed.get(session) ?? []).filter(({ since }) => since >= until)
      if (left.length === 0) followed.delete(session)
      else followed.set(session, left)
    },
    watch: (changed) => {
      watchers.add(changed)
      return () => void watchers.delete(changed)
    }
  }
}
