/** Slash commands that there are: ours, and behind them those of plugins. */
import type { Offers } from "./model.ts"

export interface CommandInfo {
  readonly name: string
  /** Shown behind the name. */
  readonly argument: string
  readonly about: string
  /** The plugin that brings it; absent: it is ours. */
  readonly plugin?: string
}

export const own: ReadonlyArray<CommandInfo> = [
  { name: "help", argument: "", about: "commands and keys" },
  { name: "model", argument: "[provider/model]", about: "choose the model" },
  { name: "permissions", argument: "[plan|ask|edits|auto]", about: "what the agent may do without asking" },
  { name: "new", argument: "", about: "begin another session" },
  { name: "sessions", argument: "", about: "go on with another session" },
  { name: "tree", argument: "", about: "the points of this session; go on from one" },
  { name: "fork", argument: "[label]", about: "name this point, to come back to it" },
  { name: "switch", argument: "[point]", about: "go on from a named point, or one of the tree" },
  { name: "compact", argument: "[focus]", about: "replace the conversation by a summary" },
  { name: "clear", argument: "", about: "start afresh; the model forgets what was said" },
  { name: "cost", argument: "", about: "tokens and money of this session" },
  { name: "tools", argument: "", about: "the tools of this session" },
  { name: "health", argument: "", about: "what runs, what broke, what waits" },
  { name: "heals", argument: "", about: "what was mended, and your word on it" }
]

/** Of two with one name ours counts. */
export const allCommands = (offers: Offers = []): ReadonlyArray<CommandInfo> => [
  ...own,
  ...offers
    .filter(({ name }) => !isOwn(name))
    .map(({ name, argument, description, plugin }) => ({ name, argument, about: description, plugin }))
]

export const isOwn = (name: string): boolean => own.some((command) => command.name === name)

/** Commands that what is typed may become. */
export const offersFor = (draft: string, offers?: Offers): ReadonlyArray<CommandInfo> => {
  const [, begun] = /^\/([^\s/]*)$/.exec(draft) ?? []
  return begun === undefined ? [] : allCommands(offers).filter(({ name }) => name.startsWith(begun.toLowerCase()))
}
