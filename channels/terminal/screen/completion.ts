/** Suggestions under the prompt: commands after `/`, files after `@`. */
import { go } from "fuzzysort"
import { modeNotes, modes } from "./commands.ts"
import type { Editor } from "./editor.ts"
import { allCommands, type Extras } from "./extras.ts"

export interface Suggestion {
  readonly label: string
  readonly note: string
  /** What replaces the text from `from` to the cursor. */
  readonly text: string
  /** Nothing more is to be typed: enter may run it at once. */
  readonly complete: boolean
}

export interface Suggestions {
  readonly kind: "command" | "file"
  readonly from: number
  readonly query: string
  readonly items: ReadonlyArray<Suggestion>
}

const most = 8

/** The file name being typed: `@` at the beginning of a word, up to the cursor. */
export const mentionAt = (editor: Editor): { readonly from: number; readonly query: string } | undefined => {
  const match = /(?:^|\s)@(\S*)$/.exec(editor.text.slice(0, editor.cursor))
  return match === null ? undefined : { from: editor.cursor - (match[1] ?? "").length - 1, query: match[1] ?? "" }
}

/** Of a path with spaces, in quotation marks. */
export const mentionOf = (path: string): string => (/\s/.test(path) ? `@"${path}"` : `@${path}`)

/** What there is to suggest. */
export interface Known {
  /** Relative paths of the folder; absent until they are read. */
  readonly files?: ReadonlyArray<string>
  /** Names; absent until they are looked up. */
  readonly plugins?: ReadonlyArray<string>
  readonly extras: Extras
}

export const suggest = (editor: Editor, known: Known): Suggestions | undefined => {
  const mention = mentionAt(editor)
  const found = mention === undefined ? suggestCommands(editor, known) : suggestFiles(mention, known.files ?? [])
  return found === undefined || found.items.length === 0 ? undefined : found
}

const suggestFiles = (
  { from, query }: { readonly from: number; readonly query: string },
  files: ReadonlyArray<string>
): Suggestions => {
  const paths =
    query === ""
      ? files.slice(0, most)
      : go(query, files, { limit: most, threshold: 0.2 }).map((result) => result.target)
  return {
    kind: "file",
    from,
    query,
    items: paths.map((path) => ({ label: path, note: "", text: `${mentionOf(path)} `, complete: false }))
  }
}

/** The name of a plugin that is being typed. */
const pluginTyped = /^\/(?:reload|plugins\s+(?:enable|disable|reload|revive))\s+([\w-]*)$/

/** Names of plugins are needed to go on with this. */
export const wantsPlugins = ({ text }: Editor): boolean => pluginTyped.test(text)

const suggestCommands = ({ text, cursor }: Editor, { extras, plugins }: Known): Suggestions | undefined => {
  const typed = text.slice(0, cursor)
  if (cursor !== text.length) return undefined
  const mode = /^\/permissions\s+(\w*)$/.exec(typed)
  if (mode !== null) return suggestModes(mode[1] ?? "", cursor)
  const order = /^\/plugins\s+(\w*)$/.exec(typed)
  if (order !== null) return suggestOrders(order[1] ?? "", cursor)
  const plugin = pluginTyped.exec(typed)
  if (plugin !== null) return suggestPlugins(plugin[1] ?? "", cursor, plugins ?? [])
  const query = /^\/([^\s/]*)$/.exec(typed)?.[1]
  if (query === undefined) return undefined
  const all = allCommands(extras)
  const found = query === "" ? all : go(query, all, { key: "name", threshold: 0.3 }).map((result) => result.obj)
  return {
    kind: "command",
    from: 0,
    query,
    items: found.map(({ name, argument, about }) => ({
      label: argument === "" ? `/${name}` : `/${name} ${argument}`,
      note: about,
      text: `/${name} `,
      // What an argument would say can be picked from a list, except the focus of a summary, which may be left out.
      complete: true
    }))
  }
}

const suggestModes = (query: string, cursor: number): Suggestions => ({
  kind: "command",
  from: cursor - query.length,
  query,
  items: modes
    .filter((mode) => mode.startsWith(query))
    .map((mode) => ({ label: mode, note: modeNotes[mode], text: mode, complete: true }))
})

const orders = {
  enable: "use it from now on",
  disable: "stop using it",
  reload: "load its code anew",
  revive: "give a quarantined one another chance"
} as const

const suggestOrders = (query: string, cursor: number): Suggestions => ({
  kind: "command",
  from: cursor - query.length,
  query,
  items: Object.entries(orders)
    .filter(([order]) => order.startsWith(query))
    .map(([order, note]) => ({ label: order, note, text: `${order} `, complete: false }))
})

const suggestPlugins = (query: string, cursor: number, plugins: ReadonlyArray<string>): Suggestions => ({
  kind: "command",
  from: cursor - query.length,
  query,
  items: plugins
    .filter((name) => name.startsWith(query))
    .slice(0, most)
    .map((name) => ({ label: name, note: "", text: name, complete: true }))
})

/** The text with a suggestion taken. */
export const accept = (editor: Editor, { from }: Suggestions, { text }: Suggestion): Editor => ({
  ...editor,
  text:
    editor.text.slice(0, from) +
    text +
    editor.text.slice(editor.cursor).replace(/^ (?=.)/, text.endsWith(" ") ? "" : " "),
  cursor: from + text.length
})
