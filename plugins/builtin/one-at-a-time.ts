/** Work on one thing, one after the other: two edits of a file in the same reply must both arrive. */

const last = new Map<string, Promise<unknown>>()

/** Runs `work` when everything asked before for the same key has ended, well or not. */
export const oneAtATime = async <A>(key: string, work: () => Promise<A>): Promise<A> => {
  const mine = (last.get(key) ?? Promise.resolve()).then(work, work)
  last.set(key, mine)
  try {
    return await mine
  } finally {
    if (last.get(key) === mine) last.delete(key)
  }
}
