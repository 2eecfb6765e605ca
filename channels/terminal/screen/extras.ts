/** What plugins add to the chat: which of their commands and keys count beside ours, and what is wrong with the others. */
import { distance } from "fastest-levenshtein"
import type { OfferedCommand, OfferedShortcut } from "../../../actors/session-extensions.ts"
import { type CommandInfo, commands as ours, isCommand } from "./commands.ts"
import { isOwnKey } from "./own-keys.ts"

export interface Extras {
  readonly commands: ReadonlyArray<OfferedCommand>
  readonly shortcuts: ReadonlyArray<OfferedShortcut>
}

export const noExtras: Extras = { commands: [], shortcuts: [] }

/** Ours win: look for one of ours first. */
export const pluginCommand = ({ commands }: Extras, name: string): OfferedCommand | undefined =>
  commands.find((command) => command.name === name)

/** @param key `ctrl-x`, `alt-1`. */
export const pluginShortcut = ({ shortcuts }: Extras, key: string): OfferedShortcut | undefined =>
  isOwnKey(key) ? undefined : shortcuts.find((shortcut) => shortcut.key === key)

/** Ours first, then those of plugins. */
export const allCommands = (extras: Extras): ReadonlyArray<CommandInfo> => [
  ...ours,
  ...extras.commands
    .filter(({ name }, at, all) => !isCommand(name) && all.findIndex((other) => other.name === name) === at)
    .map(({ name, argument, description, plugin }) => ({
      name,
      argument: oneLine(argument),
      about: `${oneLine(description)} (${plugin})`
    }))
]

/** A row of the list is one row, whatever a stranger writes. */
const oneLine = (text: string): string => text.replace(/\s+/g, " ")

/** Letters by which a typed name may differ from the one that was meant. */
const closest = 2

/** The command that was probably meant. */
export const nearest = (extras: Extras, typed: string): string | undefined => {
  const [best] = allCommands(extras)
    .map(({ name }) => ({ name, far: isBegun(name, typed) ? 1 : distance(name, typed) }))
    .filter(({ name, far }) => far <= Math.min(closest, Math.ceil(name.length / 2)))
    // Letters that merely changed places are nearer than others.
    .toSorted((one, other) => one.far - other.far || strange(one.name, typed) - strange(other.name, typed))
  return best?.name
}

const strange = (name: string, typed: string): number => distance(sorted(name), sorted(typed))

const sorted = (text: string): string => text.split("").toSorted().join("")

const isBegun = (name: string, typed: string): boolean => typed.length > 1 && name.startsWith(typed)

/** Why a plugin's command or key does nothing; `undefined` when it works. */
export const commandClash = ({ commands }: Extras, { name, plugin }: OfferedCommand): string | undefined => {
  if (isCommand(name)) return "kintsugi has one of this name"
  const first = commands.find((other) => other.name === name)
  return first === undefined || first.plugin === plugin ? undefined : `plugin ${first.plugin} has one of this name`
}

export const shortcutClash = ({ shortcuts }: Extras, { key, plugin }: OfferedShortcut): string | undefined => {
  if (isOwnKey(key)) return "kintsugi uses this key"
  const first = shortcuts.find((other) => other.key === key)
  return first === undefined || first.plugin === plugin ? undefined : `plugin ${first.plugin} uses this key`
}
