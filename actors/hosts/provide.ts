/** Lets every plugin import `kintsugi/plugin` and zod, whether or not they were installed for it. */
import { registerHooks } from "node:module"
import type { Provided } from "./frames.ts"

let given: Provided | undefined

/** For all modules of this thread that are imported from now on. */
export const provide = (provided: Provided): void => {
  if (given === undefined) registerHooks({ resolve })
  given = provided
}

type Resolve = NonNullable<Parameters<typeof registerHooks>[0]["resolve"]>

const resolve: Resolve = (specifier, context, next) => {
  // Always ours: a copy that was installed for the editor's sake would have other classes.
  if (specifier === "kintsugi/plugin" && given !== undefined) return { url: given.plugin, shortCircuit: true }
  if (given === undefined || !/^zod(\/|$)/.test(specifier)) return next(specifier, context)
  try {
    return next(specifier, context)
  } catch {
    return next(specifier, { ...context, parentURL: given.zod })
  }
}
