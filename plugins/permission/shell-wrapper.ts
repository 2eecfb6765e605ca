/** Programs that start other programs: where the command begins that they run. */

/** A word as bash passes it on: quotes and escapes are gone. */
export interface ShellWord {
  readonly text: string
  /** Exactly this one word; otherwise `text` only resembles what the variables, globs and substitutions in it become. */
  readonly fixed: boolean
}

/** What is redirected into a command: a text that stands in the line, or (`file`) the file of that name. */
export interface ShellInput extends ShellWord {
  readonly file: boolean
}

/** What a wrapper runs. */
export interface Wrapping {
  readonly commands: ReadonlyArray<{
    readonly sets: ReadonlyArray<ShellWord>
    readonly words: ReadonlyArray<ShellWord>
  }>
  /** Shell text that it runs. */
  readonly scripts: ReadonlyArray<ShellWord>
  /** Index of the first word that belongs to what is run; none when that is scattered among the wrapper's own words. */
  readonly at?: number
  /** It does nothing but run it: whoever may run the inner command may run it so. */
  readonly transparent: boolean
  /** Why it cannot be told what is run. */
  readonly unknown?: string
}

/** A program whose last words are a command. Letters of `flags` stand alone, those of `values` take a word. */
interface Prefix {
  readonly flags?: string
  readonly values?: string
  readonly longFlags?: ReadonlyArray<string>
  readonly longValues?: ReadonlyArray<string>
  /** Words between the options and the command. */
  readonly operands?: number
  /** `NAME=value` words may stand before the command. */
  readonly sets?: true
  readonly transparent?: true
}

const prefixes: Readonly<Record<string, Prefix>> = {
  timeout: {
    flags: "v",
    values: "ks",
    longFlags: ["--foreground", "--preserve-status", "--verbose"],
    longValues: ["--kill-after", "--signal"],
    operands: 1,
    transparent: true
  },
  nice: { flags: "0123456789", values: "n", longValues: ["--adjustment"], transparent: true },
  ionice: {
    flags: "t",
    values: "cn",
    longFlags: ["--ignore"],
    longValues: ["--class", "--classdata"],
    transparent: true
  },
  nohup: { transparent: true },
  stdbuf: { values: "ioe", longValues: ["--input", "--output", "--error"], transparent: true },
  time: { flags: "pv", longFlags: ["--portability", "--verbose"], transparent: true },
  command: { flags: "p", transparent: true },
  builtin: { transparent: true },
  // Not -a: a program under another name may be another program (busybox).
  exec: { flags: "cl", transparent: true },
  env: {
    flags: "-0iv",
    values: "Cu",
    longFlags: ["--ignore-environment", "--null"],
    longValues: ["--chdir", "--unset"],
    sets: true,
    transparent: true
  },
  setsid: { flags: "cfw", longFlags: ["--ctty", "--fork", "--wait"] },
  sudo: {
    flags: "ABbEHiknPSs",
    values: "CDghpRrTtUu",
    longFlags: ["--background", "--login", "--non-interactive", "--preserve-env", "--set-home", "--shell", "--stdin"],
    longValues: ["--chdir", "--chroot", "--group", "--host", "--prompt", "--user"],
    sets: true
  },
  doas: { flags: "Lns", values: "Cu" },
  chroot: { longValues: ["--groups", "--userspec"], operands: 1 },
  busybox: {},
  toybox: {},
  xargs: {
    flags: "0oprtx",
    values: "adEILnPs",
    longFlags: ["--exit", "--interactive", "--no-run-if-empty", "--null", "--open-tty", "--verbose"],
    longValues: ["--arg-file", "--delimiter", "--max-args", "--max-chars", "--max-procs", "--replace"],
    transparent: true
  }
}

export const shells = /^(r?ba|da|a|z|k|mk|ya|fi)?sh[\d.-]*$/
/** Those whose language is the one that we read; the others differ from it. */
const ourShells = /^(ba|da)?sh$/

/** The last part of a path, in small letters: file systems exist to which they are the same. */
export const programName = (word: string): string => word.slice(word.lastIndexOf("/") + 1).toLowerCase()

/**
 * @param words A command, its name first and fixed.
 * @param inputs What is redirected into it.
 * @returns `undefined` for a program that is not known to run another.
 */
export const unwrap = (words: ReadonlyArray<ShellWord>, inputs: ReadonlyArray<ShellInput>): Wrapping | undefined => {
  const path = words[0]?.text ?? ""
  const name = programName(path)
  const wrapping = open(name, words, inputs)
  // Only the system's own timeout is known to be one: ./timeout may be anything.
  return wrapping && { ...wrapping, transparent: wrapping.transparent && name === path }
}

const open = (
  name: string,
  words: ReadonlyArray<ShellWord>,
  inputs: ReadonlyArray<ShellInput>
): Wrapping | undefined => {
  if (shells.test(name)) {
    const shell = openShell(words, inputs)
    return shell && { ...shell, transparent: shell.transparent && ourShells.test(name) }
  }
  if (name === "eval") return openEval(words)
  if (name === "trap") return openTrap(words)
  if (name === "find" || name === "gfind") return openFind(words)
  const prefix = Object.hasOwn(prefixes, name) ? prefixes[name] : undefined
  return prefix && openPrefix(name, words, prefix)
}

const opaque = (unknown: string): Wrapping => ({ commands: [], scripts: [], transparent: false, unknown })

const openPrefix = (name: string, words: ReadonlyArray<ShellWord>, prefix: Prefix): Wrapping | undefined => {
  // `command -v npm` only says where npm is.
  if (name === "command" && /^-p?[vV]$/.test(words[1]?.text ?? "")) return undefined
  const start = skipOptions(words, prefix)
  if (start === undefined) return opaque(`the options of ${name} are not understood`)
  const rest = words.slice(start)
  const count = prefix.sets ? rest.findIndex((word) => !isAssignment(word)) : 0
  if (rest.length === 0 || count < 0) {
    if (name === "xargs") return { commands: [{ sets: [], words: [echo, anyWords] }], scripts: [], transparent: true }
    return name === "env" && rest.length === 0 ? undefined : opaque(`${name} without a command`)
  }
  const [sets, inner] = [rest.slice(0, count), rest.slice(count)]
  if (!sets.every((word) => word.fixed)) return opaque(`what ${name} sets may be followed by a command`)
  const commands = [{ sets, words: name === "xargs" ? fedWords(words.slice(1, start), inner) : inner }]
  // With options, env may take away what the inner command's meaning hangs on: PATH, the working folder.
  const transparent = prefix.transparent === true && !(name === "env" && start > 1)
  return { commands, scripts: [], at: start + count, transparent }
}

const echo: ShellWord = { text: "echo", fixed: true }
/** Any number of words that nobody knows. */
const anyWords: ShellWord = { text: "", fixed: false }

/** To env and sudo, whatever the name: `env = rm x` runs rm. */
const isAssignment = (word: ShellWord): boolean => word.text.includes("=")

/** @returns the index after options and operands; `undefined` when they are not all known. */
const skipOptions = (words: ReadonlyArray<ShellWord>, prefix: Prefix): number | undefined => {
  let at = 1
  while (at < words.length) {
    const text = words[at]?.text ?? ""
    if (text === "--") {
      at++
      break
    }
    if (!text.startsWith("-") || (text === "-" && !prefix.flags?.includes("-"))) break
    const length = text.startsWith("--") ? longLength(text, prefix) : shortLength(text.slice(1), prefix)
    if (length === undefined) return undefined
    at += length
  }
  at += prefix.operands ?? 0
  return words.slice(0, at).every((word) => word.fixed) ? at : undefined
}

/** How many words an option is, with its value. */
const longLength = (text: string, { longFlags = [], longValues = [] }: Prefix): number | undefined => {
  const [name = "", value] = text.split("=", 2)
  if (longFlags.includes(name)) return 1
  if (longValues.includes(name)) return value === undefined ? 2 : 1
  return undefined
}

const shortLength = (letters: string, { flags = "", values = "" }: Prefix): number | undefined => {
  for (const [at, letter] of [...letters].entries()) {
    if (values.includes(letter)) return at === letters.length - 1 ? 2 : 1
    if (!flags.includes(letter)) return undefined
  }
  return 1
}

/** The command of xargs: its input comes after the words, or instead of the replacement string in them. */
const fedWords = (options: ReadonlyArray<ShellWord>, inner: ReadonlyArray<ShellWord>): ReadonlyArray<ShellWord> => {
  const at = options.findIndex(({ text }) => /^-[0oprtx]*I|^--replace/.test(text))
  const option = options[at]?.text
  if (option === undefined) return [...inner, anyWords]
  const attached = option.replace(/^-[0oprtx]*I|^--replace=?/, "")
  const place = attached === "" ? (options[at + 1]?.text ?? "{}") : attached
  return inner.map((word) => (word.text.includes(place) ? { ...word, fixed: false } : word))
}

/** `bash -c TEXT` and text that is redirected into a shell; a shell that runs a file is a program like any other. */
const openShell = (words: ReadonlyArray<ShellWord>, inputs: ReadonlyArray<ShellInput>): Wrapping | undefined => {
  let [inline, standard, at] = [false, false, 1]
  for (; at < words.length; at++) {
    const { text, fixed } = words[at] ?? anyWords
    if (!fixed && !inline) return opaque("what the shell is to run is only known when it runs")
    if (!fixed || !/^[-+]./.test(text)) break
    if (text === "--") {
      at++
      break
    }
    inline ||= /^-[a-zA-Z]*c/.test(text)
    standard ||= /^-[a-zA-Z]*s/.test(text)
    if (/^[-+][a-zA-Z]*[oO]$|^--(rc|init-)file$/.test(text)) at++
  }
  const script = words[at]
  if (inline) {
    return script === undefined ? undefined : { commands: [], scripts: [script], at, transparent: true }
  }
  if (script !== undefined && script.text !== "-" && !standard) return undefined
  const [input, ...more] = inputs
  if (input === undefined || input.file || more.length > 0)
    return opaque("a shell reads what it is to run from its input")
  return { commands: [], scripts: [input], transparent: true }
}

const openEval = (words: ReadonlyArray<ShellWord>): Wrapping => {
  const parts = words.slice(1)
  const script = { text: parts.map((word) => word.text).join(" "), fixed: parts.every((word) => word.fixed) }
  return { commands: [], scripts: [script], transparent: true }
}

/** `trap TEXT SIGNAL…`; with a sign, a number or nothing instead of the text it only resets or lists. */
const openTrap = (words: ReadonlyArray<ShellWord>): Wrapping | undefined => {
  const script = words[1]?.text === "--" ? words[2] : words[1]
  if (script === undefined || (script.fixed && /^(-.*|\d*)$/.test(script.text))) return undefined
  return { commands: [], scripts: [script], transparent: false }
}

const openFind = (words: ReadonlyArray<ShellWord>): Wrapping | undefined => {
  const commands: Array<Wrapping["commands"][number]> = []
  for (let at = 1; at < words.length; at++) {
    if (!/^-(exec|ok)(dir)?$/.test(words[at]?.text ?? "")) continue
    const rest = words.slice(at + 1)
    const end = rest.findIndex(({ text }, at) => text === ";" || (text === "+" && rest[at - 1]?.text === "{}"))
    const inner = end < 0 ? rest : rest.slice(0, end)
    commands.push({
      sets: [],
      words: inner.map((word) => (word.text.includes("{}") ? { ...word, fixed: false } : word))
    })
    at += inner.length
  }
  return commands.length === 0 ? undefined : { commands, scripts: [], transparent: false }
}
