/**
 * The policy: what no repair of a plugin's code may do, whoever proposes it and whatever it gives. Judged from the source
 * alone, nothing is run. Strict where safety is at stake: a good repair that is refused is a failure told honestly.
 */
import { access, repeats, shapes } from "./policy/access.ts"
import { guards, promises } from "./policy/guards.ts"
import { exported, imports } from "./policy/imports.ts"
import { awaits, calls, catches, dead, losses, uses } from "./policy/loss.ts"
import { reach } from "./policy/reach.ts"
import type { Rule, Step } from "./policy/rule.ts"
import { sinks } from "./policy/sinks.ts"
import { characters, comments, length, strings, types } from "./policy/text.ts"
import { tryView, type View, viewOf } from "./policy/tree.ts"

export interface Change extends Pick<Step, "lines" | "names"> {
  /** Real absolute path of the file. */
  readonly path: string
  /** Real absolute path of the plugin's folder. */
  readonly root: string
  readonly before: string
  readonly after: string
}

const rules: ReadonlyArray<Rule> = [
  length,
  comments,
  characters,
  strings,
  types,
  imports,
  exported,
  access,
  repeats,
  shapes,
  losses,
  calls,
  awaits,
  uses,
  catches,
  dead,
  guards,
  promises,
  sinks,
  reach
]

/** @returns what it violates, a line each, completing "it …"; empty when nothing speaks against it. Never throws. */
export const judge = ({ before, after, ...change }: Change): ReadonlyArray<string> =>
  before === after ? [] : judgeOf({ ...change, before: () => tryView(change.path, before) })(after)

export interface Changes extends Omit<Change, "before" | "after"> {
  /** The file as it is, asked for when it is needed; `undefined` when it cannot be parsed. */
  readonly before: () => View | undefined
}

/** The same for many changes of one text. */
export const judgeOf =
  ({ before, ...change }: Changes): ((after: string) => ReadonlyArray<string>) =>
  (after) => {
    const known = before()
    if (known === undefined) return ["replaces code that cannot be parsed, so what it changes cannot be judged"]
    try {
      const step = { ...change, before: known, after: viewOf(change.path, after) }
      return rules.flatMap((rule) => rule(step))
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      return [error instanceof SyntaxError ? `cannot be parsed: ${said}` : `cannot be judged: ${said}`]
    }
  }
