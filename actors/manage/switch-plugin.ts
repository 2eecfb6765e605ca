/** Plugins turned off and on in a configuration file, whatever else stands there left as it is. */
import { existsSync, readFileSync } from "node:fs"
import { setKey, unsetKey, writtenValue } from "../config/edit.ts"
import type { Environment } from "../folders.ts"
import { replaceFile } from "../replace-file.ts"

/** @returns whether the file was changed. @throws ConfigError when it is not valid. */
export const disableIn = (file: string, name: string, env: Environment): boolean =>
  changed(file, env, (lists) => ({ ...lists, disabled: [...without(lists.disabled, name), name] }))

/** The same, the other way; where only some are enabled it becomes one of them. */
export const enableIn = (file: string, name: string, env: Environment): boolean =>
  changed(file, env, (lists) => ({
    disabled: without(lists.disabled, name),
    enabled: lists.enabled.length === 0 ? [] : [...without(lists.enabled, name), name]
  }))

interface Lists {
  readonly enabled: ReadonlyArray<string>
  readonly disabled: ReadonlyArray<string>
}

const without = (names: ReadonlyArray<string>, name: string) => names.filter((one) => one !== name)

const changed = (file: string, env: Environment, change: (lists: Lists) => Lists): boolean => {
  const text = existsSync(file) ? readFileSync(file, "utf8") : ""
  const before: Lists = { enabled: written(text, "enabled"), disabled: written(text, "disabled") }
  const after = change(before)
  const result = (["enabled", "disabled"] as const).reduce((text, key) => {
    const names = after[key]
    if (names.length === before[key].length && names.every((one) => before[key].includes(one))) return text
    return names.length === 0
      ? (unsetKey(text, `plugins.${key}`) ?? text)
      : setKey(text, `plugins.${key}`, JSON.stringify(names), env)
  }, text)
  if (result !== text) replaceFile(file, result)
  return result !== text
}

const written = (text: string, key: keyof Lists): ReadonlyArray<string> => {
  const value = writtenValue(text, `plugins.${key}`)
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : []
}
