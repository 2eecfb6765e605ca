/**
 * For programs of this folder that import plugins into their own process: `kintsugi/plugin` is what the sources have, for the
 * package has it only when it is built.
 */
import { registerHooks } from "node:module"

const own = new URL("../plugins/index.ts", import.meta.url).href

/** From now on: what imports plugins is itself imported with `await import()`. */
export const provideFromSources = (): void => {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "kintsugi/plugin" ? { url: own, shortCircuit: true } : next(specifier, context)
  })
}
