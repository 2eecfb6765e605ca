/** The tools of a session in an order that lasts: a provider's cache holds only as long as requests begin alike. */
import type { Offered } from "./order.ts"

type Tools = ReadonlyMap<string, Offered>

/**
 * What was offered once stays in its place and what comes later stands behind it, whatever crashes, is taken out of use or
 * loads late; a call of what is out of use is answered by its plugin. Only what was taken away on purpose goes.
 *
 * @param now As plugins bring them. @param isTaken Whether a tool that is not among them was taken away.
 */
export const steady = (now: () => Tools, isTaken: (offered: Offered) => boolean): (() => Tools) => {
  let known: Tools = new Map()
  return () => {
    const brought = now()
    const stay = [...known].flatMap(([name, before]): ReadonlyArray<readonly [string, Offered]> => {
      const offered = brought.get(name) ?? (isTaken(before) ? undefined : before)
      return offered === undefined ? [] : [[name, offered]]
    })
    // Of one name the first place counts.
    known = new Map([...stay, ...brought])
    return known
  }
}
