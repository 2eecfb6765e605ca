/** What a played call's ports share: the tape that answers, what they did, what nothing could answer. */
import type { Use, World } from "../../../healing/tape.ts"
import { canonical, thrownOf } from "../uses.ts"

export interface Player {
  readonly world: World
  readonly effects: Array<Use>
  readonly beyond: Array<string>
  /** What the tape has for this use, in order; what was asked for last stays the answer. */
  readonly next: (port: string, args: ReadonlyArray<unknown>) => Use | undefined
  /**
   * A mere look: answered from the tape, or by a look at the real world.
   *
   * @returns `undefined` when neither knows.
   * @throws what it ended with.
   */
  readonly look: (port: string, args: ReadonlyArray<unknown>) => Promise<unknown>
  /** How the tape says that something like this (the same first argument) was refused. */
  readonly refusal: (port: string, subject: string) => Use["error"]
}

/** Characters of a use that is named to people. */
const longestName = 200

export const nameOf = (port: string, subject: unknown): string => `${port} ${String(subject)}`.slice(0, longestName)

export const player = (world: World): Player => {
  const tape = Map.groupBy(world.uses, ({ port, args }) => `${port} ${canonical(args)}`)
  const asked = new Map<string, number>()
  const looked = new Map<string, Promise<Use>>()
  const beyond: Array<string> = []

  const next: Player["next"] = (port, args) => {
    const key = `${port} ${canonical(args)}`
    const uses = tape.get(key)
    if (uses === undefined) return undefined
    const at = asked.get(key) ?? 0
    asked.set(key, at + 1)
    return uses[Math.min(at, uses.length - 1)]
  }

  /** Asked once for the same: the real world may change while it is played with. */
  const lookUp = (port: string, args: ReadonlyArray<unknown>): Promise<Use> | undefined => {
    const key = `${port} ${canonical(args)}`
    const known = looked.get(key) ?? world.look?.({ port, args })
    if (known !== undefined) looked.set(key, known)
    return known
  }

  return {
    world,
    effects: [],
    beyond,
    next,
    look: async (port, args) => {
      const use = next(port, args) ?? (await lookUp(port, args))
      if (use?.error !== undefined) throw thrownOf(use.error)
      // Of an example's world all is known: what is not there is not there.
      if (use === undefined && world.files === undefined) beyond.push(nameOf(port, args[0]))
      return use?.value
    },
    refusal: (port, subject) =>
      world.uses.find((use) => use.port === port && use.args[0] === subject && use.error !== undefined)?.error
  }
}
