/** Values of a plugin's flags as its `start` is handed them. */
import type { PluginFlag } from "../../plugins/extensions.ts"

export type Flags = Readonly<Record<string, string | boolean>>

export interface FlagValues {
  readonly values: Flags
  /** What was given and cannot be meant, one line each; the default stands in its place. */
  readonly problems: ReadonlyArray<string>
}

/** @param given By name, of all plugins. */
export const flagValues = (flags: ReadonlyArray<PluginFlag>, given: Flags): FlagValues => {
  const isWrong = ({ name, type }: PluginFlag) => Object.hasOwn(given, name) && typeof given[name] !== type
  const values = flags.flatMap((flag) => {
    const value = Object.hasOwn(given, flag.name) && !isWrong(flag) ? given[flag.name] : flag.default
    return value === undefined ? [] : [[flag.name, value] as const]
  })
  return {
    values: Object.fromEntries(values),
    problems: flags
      .filter(isWrong)
      .map(({ name, type }) => `its flag ${name} takes a ${type}, not a ${typeof given[name]}; its default is used`)
  }
}
