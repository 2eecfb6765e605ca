/** What a plugin brings, in rows of a word and a list. */
import type { Manifest } from "../../../actors/hosts/manifest.ts"

export const offers = ({ tools, hooks, extensions }: Manifest): ReadonlyArray<readonly [string, string]> => {
  const { commands, shortcuts, flags, widgets, providers } = extensions
  const rows: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["tools", tools.map(({ name, risk }) => `${name} (${risk})`)],
    ["hooks", hooks],
    ["commands", commands.map(({ name }) => `/${name}`)],
    ["shortcuts", shortcuts.map(({ key }) => key)],
    ["flags", flags.map(({ name }) => `--${name}`)],
    ["widgets", widgets.map(({ name }) => name)],
    ["providers", providers.map(({ id }) => id)]
  ]
  return rows.flatMap(([what, names]) => (names.length === 0 ? [] : [[what, names.join(", ")] as const]))
}
