/** What a plugin's folder brings, for somebody who decides about it: what would be run stands alone, word for word. */
import type { Brought } from "../../../actors/plugin/runtime-plugins.ts"

/** A line for each kind, and for each thing that would be run. */
export const broughtRows = (brings: Brought): ReadonlyArray<string> => {
  const { skills, commands, agents, hooks, servers, unsupported, problems } = brings
  const list = (what: string, names: ReadonlyArray<string>) =>
    names.length === 0 ? [] : [`  ${what} (${names.length}): ${listed(names)}`]
  const each = (what: string, lines: ReadonlyArray<string>) =>
    lines.length === 0 ? [] : [`  ${what} (${lines.length}), run as you:`, ...lines.map((line) => `    ${line}`)]
  return [
    ...list("skills", skills.map(withCommand)),
    ...list("commands", commands.map(commandOf)),
    ...list("agents", agents),
    ...each("hooks", hooks),
    ...each("MCP servers", servers),
    ...(unsupported.length === 0 ? [] : [`  not supported here: ${unsupported.join(", ")}`]),
    ...problems.map((line) => `  wrong: ${line}`)
  ]
}

/** Lines that a stranger has written: each stays one line, and hides nothing. */
export const revealed = async (lines: ReadonlyArray<string>): Promise<string> => {
  const { reveal } = await import("../../terminal/text/text.ts")
  return lines.map((line) => `${reveal(line.replace(/\r?\n/g, "␊"))}\n`).join("")
}

/** As it is typed: `plugin:name` is `/plugin-name`. */
const commandOf = (name: string): string => `/${name.replaceAll(":", "-")}`

const withCommand = (name: string): string => `${name} (${commandOf(name)})`

/** Names that are told of a kind. */
const most = 40

const listed = (names: ReadonlyArray<string>): string =>
  names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`
