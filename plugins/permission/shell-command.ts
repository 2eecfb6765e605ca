/** Reads a shell line for what it would run: every simple command anywhere in it, and what cannot be known of it. */
import type * as unbash from "unbash"
import { noteBuiltin } from "./shell-builtin.ts"
import { givenCode } from "./shell-code.ts"
import { isInput, note, type Notes, readAssignment, readRedirection, readWord } from "./shell-syntax.ts"
import { type ShellInput, type ShellWord, unwrap } from "./shell-wrapper.ts"

type Words = ReadonlyArray<ShellWord>
type Inputs = ReadonlyArray<ShellInput>

export interface ShellCommand {
  /** `NAME=value` words that hold for it. */
  readonly sets: Words
  /** Name and arguments; none when it only sets variables. */
  readonly words: Words
  /** Files that are redirected into it. */
  readonly reads: Words
  /** It is given something as input, or takes its program from there: it may do more than its words say. */
  readonly fed: boolean
  /** What it runs, when it is a program that runs others. */
  readonly inside: ReadonlyArray<ShellCommand>
  /** It does nothing but run `inside`. */
  readonly transparent: boolean
  /** Index of the word that tells what a wrapper, in the end, runs; `Infinity` when no single word does. */
  readonly reach: number
}

export interface ShellLine {
  /** In no particular order; those in substitutions, loops and functions stand beside the others. */
  readonly commands: ReadonlyArray<ShellCommand>
  /** Targets of redirections that write. */
  readonly writes: Words
  /** Why it cannot be told what is run. */
  readonly unknown: ReadonlyArray<string>
  /** What changes the meaning of other commands in it: variables, functions, options of the shell. */
  readonly alters: ReadonlyArray<string>
  /** Programs that are given code of another language. */
  readonly codes: ReadonlyArray<string>
}

interface Found extends Notes {
  readonly commands: Array<ShellCommand>
  readonly codes: Array<string>
}

type Unbash = typeof unbash

/** Shells in shells, and programs in programs, that are still looked into. */
const deepest = { shells: 5, programs: 20 }

/**
 * Reads bash. What is not understood is said in `unknown`: no command is missing without a word.
 *
 * The parser is loaded at the first call: it costs more than the rest of the permission policy together.
 */
export const readShell = async (text: string): Promise<ShellLine> => {
  const bash = await import("unbash")
  try {
    return read(bash, text, [], 0)
  } catch {
    // A line nested so deeply that the stack does not hold it, or a bug of the parser.
    return { commands: [], writes: [], unknown: ["it could not be read"], alters: [], codes: [] }
  }
}

const read = (bash: Unbash, text: string, sets: Words, depth: number): ShellLine => {
  const found: Found = { commands: [], writes: [], unknown: [], alters: [], codes: [], calculates: false, texts: false }
  // What does not show on the screen would let a line look like another one in the question to the user.
  if (/(?![\n\t ])[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u.test(text)) found.unknown.push("it holds invisible characters")
  if (depth > deepest.shells) found.unknown.push("too many shells in shells")
  else visit(bash.parse(text))
  if (found.calculates && found.texts) found.unknown.push("it calculates with a text, which may run a command")
  return found

  function visit(node: unbash.SyntaxNode): void {
    note(node, found)
    if (node.type === "Command") readCommand(node)
    if (node.type === "Redirected") {
      for (const redirect of node.redirects) readRedirection(redirect, found)
      if (node.redirects.some(isInput)) found.alters.push("a group of commands has an input")
    }
    bash.forEachChild(node, visit)
  }

  function readCommand(node: unbash.Command): void {
    const parts = node.name ? [node.name, ...node.args] : node.args
    const words = parts.map((part) => (part.type === "Word" ? readWord(part) : { text: part.text, fixed: false }))
    const assignments = node.prefix.filter((part) => part.type === "Assignment")
    if (words.length === 0) found.alters.push(...assignments.map(({ name }) => `it sets ${name}`))
    const inputs = node.redirects.flatMap((redirect) => readRedirection(redirect, found))
    found.commands.push(build([...sets, ...assignments.map(readAssignment)], words, inputs))
  }

  function build(sets: Words, words: Words, inputs: Inputs, level = 0): ShellCommand {
    const name = words[0]
    if (name && !name.fixed) found.unknown.push(`the command ${name.text} is only known when it runs`)
    if (level === deepest.programs) found.unknown.push("too many programs in programs")
    const wrapping = name?.fixed && level < deepest.programs ? unwrap(words, inputs) : undefined
    if (wrapping === undefined) return leaf(sets, words, inputs, found)
    if (wrapping.unknown !== undefined) found.unknown.push(wrapping.unknown)
    const inside = wrapping.commands.map((inner) => build([...sets, ...inner.sets], inner.words, inputs, level + 1))
    const reach = (wrapping.at ?? Infinity) + (inside[0]?.reach ?? 0)
    inside.push(...wrapping.scripts.flatMap((script) => readScript(script, sets)))
    return { sets, words, reads: [], fed: inputs.length > 0, inside, transparent: wrapping.transparent, reach }
  }

  function readScript(script: ShellWord, sets: Words): ReadonlyArray<ShellCommand> {
    if (!script.fixed) found.unknown.push("the text that a shell is to run is only known when it runs")
    const { commands, writes, unknown, alters, codes } = read(bash, script.text, sets, depth + 1)
    found.writes.push(...writes)
    found.unknown.push(...unknown)
    found.alters.push(...alters)
    found.codes.push(...codes)
    return commands
  }
}

const leaf = (sets: Words, words: Words, inputs: Inputs, found: Found): ShellCommand => {
  noteBuiltin(
    words.map((word) => word.text),
    found
  )
  const code = givenCode(words)
  if (code !== undefined) found.codes.push(words[0]?.text ?? "")
  const fed = inputs.length > 0 || code === "input"
  return { sets, words, reads: inputs.filter(({ file }) => file), fed, inside: [], transparent: false, reach: 0 }
}

/** A command and all that it runs. */
export const withInside = (command: ShellCommand): ReadonlyArray<ShellCommand> => [
  command,
  ...command.inside.flatMap(withInside)
]
