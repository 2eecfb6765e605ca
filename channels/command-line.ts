/** Commands as they are typed in any channel: `/name argument`. */
import type { OfferedCommand } from "../actors/session-extensions.ts"

export interface TypedCommand {
  /** In lower case; it need not exist. */
  readonly name: string
  readonly argument: string
}

/** @returns `undefined` for a message, also one that begins with a path such as `/etc/hosts`. */
export const readCommand = (text: string): TypedCommand | undefined => {
  const [, word, argument = ""] = /^\/([^\s/]+)(?:\s+([^]*))?$/.exec(text.trim()) ?? []
  if (word === undefined || !(/^[a-zA-Z][\w-]*$/.test(word) || isForeign(word))) return undefined
  return { name: word.normalize("NFKC").toLowerCase(), argument: argument.trim() }
}

/** Names in other scripts than ours; the tables that this needs take some milliseconds. */
const isForeign = (word: string): boolean => /[^\0-\x7f]/.test(word) && /^\p{L}[\p{L}\p{M}\p{N}_-]*$/u.test(word)

/** The command of a plugin that a text names and that is run; `undefined` for whatever is said to the agent as it stands. */
export const runIn = (
  { commands }: { readonly commands: () => ReadonlyArray<OfferedCommand> },
  text: string
): TypedCommand | undefined => {
  const typed = readCommand(text)
  if (typed === undefined) return undefined
  return commands().some(({ name, said }) => name === typed.name && said !== true) ? typed : undefined
}

/** What is said for a command that is a message. */
export const lineOf = ({ name, argument }: TypedCommand): string =>
  argument === "" ? `/${name}` : `/${name} ${argument}`
