/** Methods whose names are nearly those of hooks: nobody would ever call them. */
import { distance } from "fastest-levenshtein"
import { hookNames, isHook } from "../../plugins/hooks.ts"

export interface Misspelt {
  readonly name: string
  readonly meant: string
  /** From 1. */
  readonly line: number
}

/** Slips of the finger. More, and it is another word. */
const mostEdits = 2

/** Where a method, or a property that may hold one, is written down. */
const defined = /^[ \t]*(?:async[ \t]+)?([a-zA-Z]\w{5,})[ \t]*(?:\(|[:=][ \t]*(?:async\b|\(|function\b))/gm

/** @param source A file's text. */
export const misspeltHooks = (source: string): ReadonlyArray<Misspelt> => {
  const found = [...source.matchAll(defined)].flatMap(({ 1: name = "", index }) => {
    const meant = isHook(name) ? undefined : near(name)
    return meant === undefined ? [] : [{ name, meant, line: source.slice(0, index).split("\n").length }]
  })
  return found.filter(({ name }, at) => found.findIndex((one) => one.name === name) === at)
}

/** Short names, such as `stop`, are near too many words. */
const near = (name: string): string | undefined =>
  hookNames
    .filter((hook) => hook.length > 6)
    .map((hook) => ({ hook, edits: distance(name.toLowerCase(), hook.toLowerCase()) }))
    .filter(({ edits }) => edits <= mostEdits)
    .toSorted((one, other) => one.edits - other.edits)[0]?.hook
