/**
 * The prompt as a value: text, a cursor that stands between graphemes, and what was last cut.
 *
 * A long paste is one private-use character in the text, so that it moves and dies as one; `expand` puts it back.
 */
import { clean, graphemesOf } from "../text/text.ts"

export interface Editor {
  readonly text: string
  /** UTF-16 index, always between two graphemes. */
  readonly cursor: number
  /** What the private-use characters from `firstFold` on stand for, in order. */
  readonly pastes: ReadonlyArray<string>
  /** What ctrl-k, ctrl-u and ctrl-w took away last, for ctrl-y. */
  readonly cut: string
}

export const empty: Editor = { text: "", cursor: 0, pastes: [], cut: "" }

/** Plane 16 is private and, unlike the others, not used by icon fonts. */
const firstFold = 0x100000
const folds = /[\u{100000}-\u{10fffd}]/gu

/** Pastes of more lines or characters than these are folded. */
const foldLines = 8
const foldLength = 1000

export const isBlank = (editor: Editor): boolean => editor.text.trim() === ""

/** A text with the cursor at its end. */
export const withText = (editor: Editor, text: string): Editor => ({ ...editor, text, cursor: text.length })

/** The whole text, pastes included: what is sent. */
export const expand = (editor: Editor): string => editor.text.replace(folds, (fold) => pasteOf(editor, fold) ?? "")

/** What stands for one grapheme on the screen. */
export const shown = (editor: Editor, grapheme: string): string => {
  const paste = pasteOf(editor, grapheme)
  if (paste === undefined) return grapheme
  const lines = paste.replace(/\n$/, "").split("\n").length
  return lines > 1 ? `[pasted ${lines} lines]` : `[pasted ${paste.length} characters]`
}

const pasteOf = (editor: Editor, grapheme: string): string | undefined => {
  const code = grapheme.codePointAt(0) ?? 0
  return code >= firstFold ? editor.pastes[code - firstFold] : undefined
}

export const insert = (editor: Editor, typed: string): Editor => put(editor, clean(typed).replace(folds, ""))

const put = (editor: Editor, added: string): Editor => {
  const text = editor.text.slice(0, editor.cursor) + added + editor.text.slice(editor.cursor)
  // A combining mark or the end of a family emoji may have joined what stood there before.
  return { ...editor, text, cursor: boundary(text, editor.cursor + added.length) }
}

/** The nearest place between two graphemes at or after `index`. */
const boundary = (text: string, index: number): number => {
  let at = 0
  for (const grapheme of graphemesOf(text)) {
    if (at >= index) break
    at += grapheme.length
  }
  return at
}

/** Takes pasted text; long pastes are shown as one word and sent whole. */
export const paste = (editor: Editor, pasted: string): Editor => {
  const text = clean(pasted.replace(/\r\n?/g, "\n")).replace(folds, "")
  if (text.split("\n").length <= foldLines && text.length <= foldLength) return put(editor, text)
  const fold = String.fromCodePoint(firstFold + editor.pastes.length)
  return put({ ...editor, pastes: [...editor.pastes, text] }, fold)
}

const before = (editor: Editor): number => {
  const last = graphemesOf(editor.text.slice(0, editor.cursor)).at(-1) ?? ""
  return editor.cursor - last.length
}

const after = (editor: Editor): number =>
  editor.cursor + (graphemesOf(editor.text.slice(editor.cursor))[0] ?? "").length

const lineStart = ({ text, cursor }: Editor): number => text.slice(0, cursor).lastIndexOf("\n") + 1

const lineEnd = (editor: Editor): number => {
  const at = editor.text.indexOf("\n", editor.cursor)
  return at === -1 ? editor.text.length : at
}

/** Where the graphemes before the cursor stop to match, going left. */
const backWhile = (editor: Editor, ...steps: ReadonlyArray<(grapheme: string) => boolean>): number => {
  const behind = graphemesOf(editor.text.slice(0, editor.cursor))
  let at = behind.length
  for (const matches of steps) while (at > 0 && matches(behind[at - 1] ?? "")) at--
  return behind.slice(0, at).join("").length
}

const isFold = (grapheme: string): boolean => (grapheme.codePointAt(0) ?? 0) >= firstFold
const isWord = (grapheme: string): boolean => /[\p{L}\p{N}_]/u.test(grapheme)
const isSpace = (grapheme: string): boolean => /^\s/.test(grapheme)

/** A word is letters, digits and underscores; a folded paste is one of its own. */
const wordLeft = (editor: Editor): number => {
  const gap = backWhile(editor, (grapheme) => !isWord(grapheme) && !isFold(grapheme))
  const rest = { ...editor, cursor: gap }
  return isFold(editor.text.slice(before(rest), gap)) ? before(rest) : backWhile(rest, isWord)
}

const wordRight = (editor: Editor): number => {
  const ahead = graphemesOf(editor.text.slice(editor.cursor))
  let at = 0
  while (at < ahead.length && !isWord(ahead[at] ?? "") && !isFold(ahead[at] ?? "")) at++
  if (isFold(ahead[at] ?? "")) at++
  else while (at < ahead.length && isWord(ahead[at] ?? "")) at++
  return editor.cursor + ahead.slice(0, at).join("").length
}

/** Start of the run of non-spaces before the cursor: what ctrl-w takes. */
const blankLeft = (editor: Editor): number => backWhile(editor, isSpace, (grapheme) => !isSpace(grapheme))

const move = (editor: Editor, cursor: number): Editor => ({ ...editor, cursor })

/** The joint that a removal leaves may itself be no boundary, when a mark meets another base. */
const remove = (editor: Editor, from: number, to: number): Editor => {
  const text = editor.text.slice(0, from) + editor.text.slice(to)
  return { ...editor, text, cursor: boundary(text, from) }
}

const take = (editor: Editor, from: number, to: number): Editor =>
  from === to ? editor : { ...remove(editor, from, to), cut: editor.text.slice(from, to) }

/** At a line's end, ctrl-k takes the line break. */
const takeRight = (editor: Editor): Editor =>
  take(editor, editor.cursor, Math.max(lineEnd(editor), Math.min(after(editor), editor.text.length)))

const takeLeft = (editor: Editor): Editor => take(editor, Math.min(lineStart(editor), before(editor)), editor.cursor)

const commands: Readonly<Record<string, (editor: Editor) => Editor>> = {
  left: (editor) => move(editor, before(editor)),
  "ctrl-b": (editor) => move(editor, before(editor)),
  right: (editor) => move(editor, after(editor)),
  "ctrl-f": (editor) => move(editor, after(editor)),
  "alt-b": (editor) => move(editor, wordLeft(editor)),
  "alt-left": (editor) => move(editor, wordLeft(editor)),
  "ctrl-left": (editor) => move(editor, wordLeft(editor)),
  "alt-f": (editor) => move(editor, wordRight(editor)),
  "alt-right": (editor) => move(editor, wordRight(editor)),
  "ctrl-right": (editor) => move(editor, wordRight(editor)),
  home: (editor) => move(editor, lineStart(editor)),
  "ctrl-a": (editor) => move(editor, lineStart(editor)),
  end: (editor) => move(editor, lineEnd(editor)),
  "ctrl-e": (editor) => move(editor, lineEnd(editor)),
  backspace: (editor) => remove(editor, before(editor), editor.cursor),
  "shift-backspace": (editor) => remove(editor, before(editor), editor.cursor),
  "ctrl-h": (editor) => remove(editor, before(editor), editor.cursor),
  delete: (editor) => remove(editor, editor.cursor, after(editor)),
  "ctrl-d": (editor) => remove(editor, editor.cursor, after(editor)),
  "alt-backspace": (editor) => take(editor, wordLeft(editor), editor.cursor),
  "ctrl-backspace": (editor) => take(editor, wordLeft(editor), editor.cursor),
  "alt-d": (editor) => take(editor, editor.cursor, wordRight(editor)),
  "ctrl-w": (editor) => take(editor, blankLeft(editor), editor.cursor),
  "ctrl-k": takeRight,
  "ctrl-u": takeLeft,
  "ctrl-y": (editor) => put(editor, editor.cut),
  "ctrl-j": (editor) => put(editor, "\n"),
  "alt-enter": (editor) => put(editor, "\n"),
  "shift-enter": (editor) => put(editor, "\n"),
  "ctrl-enter": (editor) => put(editor, "\n")
}

/** @returns the editor after a key, or `undefined` when the key is not one of its own. */
export const press = (editor: Editor, name: string): Editor | undefined => commands[name]?.(editor)

/** Enter after a backslash means a new line; `undefined` when the text is to be sent. */
export const continued = (editor: Editor): Editor | undefined =>
  editor.text[editor.cursor - 1] === "\\" ? put(remove(editor, editor.cursor - 1, editor.cursor), "\n") : undefined
