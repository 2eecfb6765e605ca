/** Key presses as values: what Ink reports, put into the words that the editor and the boxes know. */
import type { Key as InkKey } from "ink"

export type KeyName =
  | "enter"
  | "tab"
  | "escape"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "up"
  | "down"
  | "home"
  | "end"
  | "pageup"
  | "pagedown"

/** Typed text, or a key by its name or letter with what was held. Shift is only told where it changes the meaning. */
export type Key =
  | { readonly type: "text"; readonly text: string }
  | {
      readonly type: "key"
      readonly name: KeyName | (string & {})
      readonly ctrl?: true
      readonly alt?: true
      readonly shift?: true
    }

/** A short name of a key: `ctrl-a`, `alt-enter`, `shift-tab`, `up`. Typed text has none. */
export const keyName = (key: Key): string | undefined =>
  key.type === "text"
    ? undefined
    : `${key.ctrl ? "ctrl-" : ""}${key.alt ? "alt-" : ""}${key.shift ? "shift-" : ""}${key.name}`

type InkFlag = { [Flag in keyof InkKey]-?: InkKey[Flag] extends boolean ? Flag : never }[keyof InkKey]

const named: ReadonlyArray<readonly [InkFlag, KeyName]> = [
  ["return", "enter"],
  ["tab", "tab"],
  ["escape", "escape"],
  ["backspace", "backspace"],
  ["delete", "delete"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["home", "home"],
  ["end", "end"],
  ["pageUp", "pageup"],
  ["pageDown", "pagedown"]
]

/** Reads one report of Ink's `useInput`; several keys may have arrived in one piece. */
export const readKeys = (input: string, key: InkKey): ReadonlyArray<Key> => {
  const held = { ...(key.ctrl && { ctrl: true as const }), ...(key.meta && { alt: true as const }) }
  const name = named.find(([flag]) => key[flag])?.[1]
  if (name === "escape") return [{ type: "key", name }]
  if (name !== undefined) return [{ type: "key", name, ...held, ...(key.shift && { shift: true as const }) }]
  if (input === "" || key.super || key.hyper) return []
  if (key.ctrl || key.meta) return [{ type: "key", name: input.toLowerCase(), ...held }]
  return splitTyped(input)
}

/** Typed ahead or sent by a program, keys can arrive as one piece of text with control characters in it. */
export const splitTyped = (input: string): ReadonlyArray<Key> =>
  (input.match(/[\u0000-\u001f\u007f]|[^\u0000-\u001f\u007f]+/g) ?? []).map(
    (piece) => controlKey(piece) ?? { type: "text", text: piece }
  )

const controlKey = (piece: string): Key | undefined => {
  const code = piece.charCodeAt(0)
  if (piece === "\r") return { type: "key", name: "enter" }
  if (piece === "\n") return { type: "key", name: "j", ctrl: true }
  if (piece === "\t") return { type: "key", name: "tab" }
  if (piece === "\u007f" || piece === "\b") return { type: "key", name: "backspace" }
  return code < 0x20 ? { type: "key", name: String.fromCharCode(code + (code <= 26 ? 96 : 64)), ctrl: true } : undefined
}
