/**
 * A skill's text in pieces: words, commands whose output belongs there, and names of files whose text belongs behind it, with the
 * arguments filled into each. Signs are looked for in the text as its author wrote it, never in what an argument brings.
 *
 * As in Claude Code: `!` opens a command only at the beginning of a line or behind a blank, code fences and all; a block is fenced
 * with three backticks and `!`. Here two backticks around a command (`` !`git log` ``) only show how one is written.
 */
import type { BodyPart } from "../plugins/skills.ts"
import { filler, type Given } from "./fill.ts"

export const bodyParts = (body: string, given: Given): ReadonlyArray<BodyPart> => {
  const { fill, rest } = filler(body, given)
  const parts: Array<BodyPart> = []
  let at = 0
  for (const found of body.matchAll(signs)) {
    const { index } = found
    if (index > at) parts.push({ text: fill(body.slice(at, index)) })
    parts.push(partOf(found, fill))
    at = index + found[0].length
  }
  return [...parts, { text: fill(body.slice(at)) + rest() }]
}

/** As it reads with commands and names of files as they are written. */
export const textOfParts = (parts: ReadonlyArray<BodyPart>): string =>
  parts.map((part) => ("text" in part ? part.text : part.sign)).join("")

const partOf = ([sign, block, line, quoted, bare = ""]: RegExpExecArray, fill: (text: string) => string): BodyPart => {
  const command = block ?? line
  if (command !== undefined) {
    const filled = fill(command).trim()
    const written = block === undefined ? `!\`${filled}\`` : sign.replace(block, () => filled)
    return filled === "" ? { text: sign } : { command: filled, sign: written }
  }
  const file = fill(quoted ?? bare)
  return { file, sign: quoted === undefined ? `@${file}` : `@"${file}"` }
}

const block = String.raw`(?<=^[ \t]*)\`\`\`![^\S\n]*\n([^]{0,10000}?)\n?[ \t]*\`\`\`(?=\s|$)`
const line = "(?<=^|\\s)(?<!`` )!`([^`\\n]+)`"
/** Ends before what closes a sentence. */
const file = String.raw`(?<=^|[\s("'[])@(?:"([^"\n]+)"|([^\s"'\`<>|,;()]*[^\s"'\`<>|,;().:!?]))`
const signs = new RegExp(`${block}|${line}|${file}`, "gm")
