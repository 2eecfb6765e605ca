/** What one node of a shell line's syntax tree says by itself: its words, its redirections, its traps. */
import type { ArrayValue, Redirection, SyntaxNode, Word, WordPart } from "unbash"
import type { ShellInput, ShellWord } from "./shell-wrapper.ts"

/** What reading a line finds besides commands. */
export interface Notes {
  /** Targets of redirections that write. */
  readonly writes: Array<ShellWord>
  /** Why it cannot be told what is run. */
  readonly unknown: Array<string>
  /** What changes the meaning of other commands in the line: variables, functions, options of the shell. */
  readonly alters: Array<string>
  /** A variable's value is calculated with, which runs the `$(…)` in a subscript in it. */
  calculates: boolean
  /** A variable got a value other than a number. */
  texts: boolean
}

export const readWord = (word: Word): ShellWord => ({ text: word.value, fixed: isFixed(word) })

/** `NAME=value` before a command. */
export const readAssignment = (node: Extract<SyntaxNode, { type: "Assignment" }>): ShellWord =>
  node.append || node.index
    ? { text: node.text, fixed: false }
    : { text: `${node.name}=${projection(node.value)}`, fixed: isFixed(node.value) }

const isFixed = (value: Word | ArrayValue): boolean =>
  value.type === "Word" && (value.parts ?? []).every((part) => literal(part) !== undefined)

/** The text with a NUL in place of each expansion. */
const projection = (value: Word | ArrayValue): string =>
  value.type === "Word" ? (value.parts?.map((part) => literal(part) ?? "\0").join("") ?? value.value) : "\0"

const literal = (part: WordPart): string | undefined => {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return part.value
    case "DoubleQuoted": {
      const parts = part.parts.map(literal)
      return parts.includes(undefined) ? undefined : parts.join("")
    }
    default:
      return undefined
  }
}

export const isInput = (node: Redirection): boolean => node.type !== "Redirect" || /^<>?$/.test(node.operator)

/** Notes what is written. @returns what is given as input. */
export const readRedirection = (node: Redirection, notes: Notes): ReadonlyArray<ShellInput> => {
  if (node.descriptor?.type === "FileDescriptorVariable") notes.alters.push(`it sets ${node.descriptor.name}`)
  if (node.type === "HereDoc") {
    const { parts, text } = node.body
    const texts = parts === undefined ? [text] : parts.map(literal)
    const fixed = node.descriptor === undefined && !texts.includes(undefined)
    return [{ text: texts.join(""), fixed, file: false }]
  }
  if (node.target === undefined) return []
  const target = readWord(node.target)
  if (node.type === "HereString") {
    return [{ ...target, fixed: target.fixed && node.descriptor === undefined, file: false }]
  }
  if (node.operator.endsWith("&")) {
    if (/^(\d+-?|-)$/.test(node.target.text)) return []
    // Bash expands the word of >& twice, quoted or not, and takes what follows >&- for the next word.
    if (node.operator === "<&" || !/^\w[\w./-]*$/.test(node.target.text)) notes.unknown.push("an odd redirection")
  }
  if (!node.operator.startsWith("<") || node.operator === "<>") notes.writes.push(target)
  if (!isInput(node)) return []
  const substituted = node.target.parts?.length === 1 && node.target.parts[0]?.type === "ProcessSubstitution"
  if (!substituted && (!target.fixed || target.text.startsWith("/dev/"))) {
    notes.unknown.push(`the input ${target.text} may be a connection`)
  }
  return [{ ...target, file: true }]
}

/** Notes what a node, whatever is in it, says about the line. */
export const note = (node: SyntaxNode, notes: Notes): void => {
  switch (node.type) {
    case "Script":
      if ("errors" in node) notes.unknown.push(...(node.errors ?? []).map(({ message }) => `syntax: ${message}`))
      return
    case "CommandExpansion":
    case "ProcessSubstitution":
    case "ArithmeticCommandExpansion":
      if (node.script === undefined) notes.unknown.push(`${node.text} could not be read`)
      if (node.text.startsWith("$((")) notes.unknown.push(doubleParenthesis)
      return
    case "Subshell":
      if (node.body.pos === node.pos + 1 && beginsWithSubshell(node.body)) notes.unknown.push(doubleParenthesis)
      return
    case "ExtendedGlob":
    case "Unknown":
    case "Coproc":
      notes.unknown.push("it uses syntax that depends on the shell's options or version")
      return
    case "Function":
      notes.alters.push(`it defines the function ${node.name.text}`)
      return
    case "For":
    case "Select":
      return noteLoop(node.name.text, node.wordlist, notes)
    case "Assignment":
      noteVariable(node.name, notes)
      if (node.index) noteCalculated(projection(node.index), notes)
      return noteAssignment(node.value, notes)
    case "Word":
      return noteVariable(projection(node), notes)
    default:
      noteExpansion(node, notes)
  }
}

/** Bash tries arithmetic first; when it then reads the text again as commands, it loses track of here-documents. */
const doubleParenthesis = "what begins with (( and is no arithmetic"

const beginsWithSubshell = (node: SyntaxNode): boolean => {
  switch (node.type) {
    case "Subshell":
      return true
    case "CompoundList":
    case "AndOr":
    case "Pipeline":
      return node.commands[0] !== undefined && beginsWithSubshell(node.commands[0])
    case "Statement":
    case "Redirected":
      return beginsWithSubshell(node.command)
    default:
      return false
  }
}

/** Programs know no variables of such names; any other may change what a command does (PATH, NODE_OPTIONS, http_proxy). */
const isOwnName = (name: string): boolean => /^[a-z][a-z0-9]*$/.test(name)

/** Variables whose values bash runs or calculates with; a builtin like read may also set them. */
const noteVariable = (text: string, notes: Notes): void => {
  const name = text.replace(/\+?=[^]*$/, "")
  if (/^(BASH_ENV|ENV|PS[0-4]|PROMPT_COMMAND)$/.test(name)) notes.unknown.push(`the value of ${name} may be run`)
  notes.calculates ||= /^(LINENO|OPTIND|RANDOM|SECONDS)$/.test(name)
}

const noteLoop = (name: string, words: ReadonlyArray<Word> | undefined, notes: Notes): void => {
  if (!isOwnName(name)) notes.alters.push(`it sets ${name}`)
  const isNumber = (word: Word): boolean => /^(\d+|\{\d+\.\.\d+(\.\.\d+)?\})$/.test(word.text)
  if (!words?.every(isNumber)) notes.texts = true
}

const noteAssignment = (value: Word | ArrayValue, notes: Notes): void => {
  const parts = value.type === "Word" ? (value.parts ?? []) : []
  const calculated = parts.length === 1 && parts[0]?.type === "ArithmeticExpansion"
  if (!calculated && !/^\d*$/.test(projection(value))) notes.texts = true
  if (value.type === "ArrayValue") for (const one of value.elements) noteSubscript(projection(one), notes)
  // For example PS4 and BASH_ENV: values that bash itself expands later.
  if (holdsSubstitution(projection(value))) notes.unknown.push("a substitution as the text of a variable")
}

/** Where bash takes a text for a variable's name, it runs the substitution in its subscript: `test -v 'a[$(rm)]'`. */
export const noteSubscript = (text: string, notes: Notes): void => {
  const at = text.indexOf("[")
  if (at >= 0 && /\$[({]|`|[<>]\(/.test(text.slice(at))) notes.unknown.push("a substitution in a quoted subscript")
}

const holdsSubstitution = (text: string): boolean => /\$[({]|`/.test(text)

/** Quotes do not protect what is calculated: `${x['$(rm)']}` runs it. */
const noteCalculated = (text: string, notes: Notes): void => {
  if (holdsSubstitution(text)) notes.unknown.push("a quoted substitution in arithmetic")
  notes.calculates ||= !/^(0[xX][\da-fA-F]+|\d+)$/.test(text)
}

/** In a here-document, single quotes in `${x:-'$(rm)'}` do not protect it, whatever they look like. */
const noteOperand = (word: Word, notes: Notes): void => {
  if (holdsSubstitution(projection(word))) notes.unknown.push("a quoted substitution in an expansion")
}

const noteExpansion = (node: SyntaxNode, notes: Notes): void => {
  switch (node.type) {
    case "Default":
      notes.texts ||= node.operator.endsWith("=")
      return noteOperand(node.operand, notes)
    case "Remove":
      return noteOperand(node.operand, notes)
    case "Replace":
      noteOperand(node.pattern, notes)
      return noteOperand(node.replacement, notes)
    case "Transform":
      if (node.operand.text === "P") notes.unknown.push("a variable's value is expanded like a prompt")
      return
    case "Slice":
      noteCalculated(projection(node.offset), notes)
      if (node.length) noteCalculated(projection(node.length), notes)
      return
    case "ParameterExpansion":
      notes.calculates ||= node.prefix === "!"
      if (node.index && !/^[@*]$/.test(node.index.text)) noteCalculated(projection(node.index), notes)
      return
    case "TestBinary":
      if (!/^-(eq|ne|lt|le|gt|ge)$/.test(node.operator)) return
      notes.calculates = true
      noteSubscript(projection(node.left), notes)
      return noteSubscript(projection(node.right), notes)
    case "TestUnary":
      if (!/^-[vR]$/.test(node.operator)) return
      notes.calculates = true
      return noteSubscript(projection(node.operand), notes)
    case "ArithmeticWord":
      // Two words are no arithmetic; a shell that does not know (( )) runs them as a command in two subshells.
      if (/\S\s+\S/.test(node.value)) notes.unknown.push("arithmetic that is none")
      noteCalculated(node.parts?.map((part) => literal(part) ?? "\0").join("") ?? node.value, notes)
  }
}
