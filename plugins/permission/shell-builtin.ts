/** Builtins of bash through which one command changes what others mean. */
import { type Notes, noteSubscript } from "./shell-syntax.ts"

/** They give words another meaning, or run what a file or a text says. */
const opaque = new Set(["source", ".", "alias", "enable", "hash", "bind", "complete", "compgen", "fc"])

/** They set variables or options of the shell. */
const setting = new Set(
  "declare export getopts let local mapfile read readarray readonly shopt typeset unset".split(" ")
)

/** They take names of variables, or calculate. */
const naming = new Set([...setting, "[", "printf", "test", "wait"])

/** Notes what a command is, if it is such a builtin. */
export const noteBuiltin = (words: ReadonlyArray<string>, notes: Notes): void => {
  const [name = "", first = ""] = words
  const options = words.filter((word) => word.startsWith("-")).join("")
  if (opaque.has(name)) {
    // A virtual environment is entered so many times a day that it may not count as a riddle.
    const enters = words.length === 2 && /(^|\/)bin\/activate$/.test(first)
    notes[enters ? "alters" : "unknown"].push(`${name} may give words another meaning`)
  }
  if (setting.has(name) || (name === "printf" && first.startsWith("-v"))) {
    notes.alters.push(`${name} sets variables or options`)
    notes.texts ||= name !== "shopt"
  }
  if (naming.has(name)) for (const word of words.slice(1)) noteSubscript(word, notes)
  if (/^(mapfile|readarray)$/.test(name) && options.includes("C")) notes.unknown.push(`${name} runs a text`)
  // Integer variables calculate what they are given; references hide which variable is meant.
  notes.calculates ||= /^(declare|local|readonly|typeset)$/.test(name) && /[in]/.test(options)
}
