/** The commits of all feeds of a journal: those that are due within the same instant are one. */
import { type Journal, JournalError } from "../journal.ts"

/** Who has something to keep. */
export interface Keeper {
  /** Appends to its log. @returns what follows once that is committed. @throws JournalError */
  readonly write: () => () => void
  /** What it wrote is not kept. */
  readonly failed: (error: unknown) => void
}

export interface Commits {
  /** @param delay Milliseconds until its turn comes at the latest; the earliest that was asked for counts. */
  readonly later: (keeper: Keeper, delay: number) => void
  readonly forget: (keeper: Keeper) => void
}

/** Milliseconds by which one is served early, so that it shares a commit. */
const early = 3

export const commitsOf = (journal: Pick<Journal, "together">): Commits => {
  const found = all.get(journal) ?? commits(journal)
  all.set(journal, found)
  return found
}

const all = new WeakMap<Pick<Journal, "together">, Commits>()

const commits = ({ together }: Pick<Journal, "together">): Commits => {
  /** By whom, `performance.now()` of when it is due. */
  const due = new Map<Keeper, number>()
  let timer: NodeJS.Timeout | undefined
  let rings = Infinity

  const wakeAt = (at: number): void => {
    clearTimeout(timer)
    rings = at
    timer = at === Infinity ? undefined : setTimeout(commit, Math.max(0, at - performance.now()))
  }

  const commit = (): void => {
    const now = performance.now() + early
    const ready = [...due].flatMap(([keeper, at]) => (at <= now ? [keeper] : []))
    for (const keeper of ready) due.delete(keeper)
    wakeAt(Math.min(...due.values()))
    keep(together, ready)
  }

  return {
    later: (keeper, delay) => {
      const at = Math.min(due.get(keeper) ?? Infinity, performance.now() + delay)
      due.set(keeper, at)
      if (at < rings) wakeAt(at)
    },
    forget: (keeper) => {
      due.delete(keeper)
      if (due.size === 0) wakeAt(Infinity)
    }
  }
}

/** Together. If one of them fails, each for itself, unless the disk refuses: each would wait for it anew. */
const keep = (together: Journal["together"], keepers: ReadonlyArray<Keeper>): void => {
  const written: Array<() => void> = []
  try {
    together(() => {
      for (const keeper of keepers) written.push(keeper.write())
    })
  } catch (error) {
    const isOut = error instanceof JournalError && error.kind === "unavailable"
    for (const keeper of keepers)
      if (isOut) keeper.failed(error)
      else keepAlone(keeper)
    return
  }
  for (const follow of written) follow()
}

const keepAlone = ({ write, failed }: Keeper): void => {
  let follow = () => {}
  try {
    follow = write()
  } catch (error) {
    failed(error)
  }
  follow()
}
