/** Lets every plugin import `kintsugi/plugin` and zod, and what was installed for it, whether or not it has them beside it. */
import { createRequire, registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Provided } from "./frames.ts"
import { own, type OwnCode, ownerOf, versioned } from "./own-code.ts"
import { load } from "./substitute.ts"

let given: Provided | undefined

/** For all modules of this thread that are imported from now on. */
export const provide = (provided: Provided, code?: OwnCode): void => {
  if (given === undefined) registerHooks({ resolve, load })
  given = provided
  if (code !== undefined) own(code)
}

type Resolve = NonNullable<Parameters<typeof registerHooks>[0]["resolve"]>

const resolve: Resolve = (specifier, context, next) => {
  // Always ours: a copy that was installed for the editor's sake would have other classes.
  if (specifier === "kintsugi/plugin" && given !== undefined) return { url: given.plugin, shortCircuit: true }
  const code = ownerOf(context.parentURL)?.code
  const found = find(specifier, context, next, code)
  return code === undefined ? found : { ...found, url: versioned(found.url, code) }
}

const find = (
  ...[specifier, context, next, code]: [...Parameters<Resolve>, OwnCode | undefined]
): ReturnType<Resolve> => {
  const others = homesOf(specifier, code)
  if (others.length === 0) return next(specifier, context)
  try {
    return next(specifier, context)
  } catch (error) {
    for (const home of others) {
      const found = findFrom(home, [specifier, context, next])
      if (found !== undefined) return found
    }
    throw error
  }
}

/** Addresses from which a package is looked for when the module that imports it does not find it. */
const homesOf = (specifier: string, code: OwnCode | undefined): ReadonlyArray<string> => {
  if (/^(\.{0,2}\/|#|[a-z]+:)/.test(specifier)) return []
  const packages = code?.packages === undefined ? [] : [pathToFileURL(join(code.packages, "package.json")).href]
  return given !== undefined && /^zod(\/|$)/.test(specifier) ? [...packages, given.zod] : packages
}

const findFrom = (home: string, [specifier, context, next]: Parameters<Resolve>): ReturnType<Resolve> | undefined => {
  try {
    // Node asks whoever called `require` where to look, not the address that it is given here.
    return context.conditions.includes("require")
      ? { url: pathToFileURL(createRequire(home).resolve(specifier)).href, shortCircuit: true }
      : next(specifier, { ...context, parentURL: home })
  } catch {
    return undefined
  }
}
