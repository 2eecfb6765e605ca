/** `/help`: commands and keys, ours first, then those of each plugin, and why some of theirs do nothing. */
import type { OfferedCommand, OfferedShortcut } from "../../../actors/session-extensions.ts"
import { clean } from "../text/text.ts"
import { commands, keyHelp } from "./commands.ts"
import { commandClash, type Extras, shortcutClash } from "./extras.ts"

/** Markdown. */
export const help = (extras: Extras): string => {
  const own = table(
    "command",
    commands.map(({ name, argument, about }) => [commandCell(name, argument), about])
  )
  const keys = table("key", keyHelp)
  return [own, keys, ...pluginsOf(extras).map((plugin) => pluginTable(plugin, extras))].join("\n\n")
}

const pluginsOf = ({ commands: theirs, shortcuts }: Extras): ReadonlyArray<string> => [
  ...new Set([...theirs, ...shortcuts].map(({ plugin }) => plugin))
]

const pluginTable = (plugin: string, extras: Extras): string => {
  const isTheirs = (one: { readonly plugin: string }) => one.plugin === plugin
  return table(`plugin ${plain(plugin)}`, [
    ...extras.commands.filter(isTheirs).map((command) => commandRow(command, extras)),
    ...extras.shortcuts.filter(isTheirs).map((shortcut) => shortcutRow(shortcut, extras))
  ])
}

type Row = readonly [string, string]

const commandRow = (command: OfferedCommand, extras: Extras): Row => [
  commandCell(command.name, command.argument),
  told(command.description, commandClash(extras, command))
]

const shortcutRow = (shortcut: OfferedShortcut, extras: Extras): Row => [
  plain(shortcut.key),
  told(shortcut.description, shortcutClash(extras, shortcut))
]

const told = (about: string, clash: string | undefined): string =>
  clash === undefined ? plain(about) : `*not used, ${plain(clash)}:* ${plain(about)}`

const table = (head: string, rows: ReadonlyArray<Row>): string =>
  [`| ${head} | |`, "| --- | --- |", ...rows.map(([left, right]) => `| ${cell(left)} | ${cell(right)} |`)].join("\n")

const commandCell = (name: string, argument: string): string =>
  `\`${clean(`/${name} ${argument}`).trimEnd().replaceAll("`", "'")}\``

/** A backslash stays one; a bar would end the cell. */
const cell = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/\\(?!\|)/g, "\\\\")
    .replaceAll("|", "\\|")

/** A stranger's text, without what Markdown would make of it. */
const plain = (text: string): string => clean(text.slice(0, 300)).replace(/[`*_~<[\]]/g, "\\$&")
