/**
 * The notes of plugins, as plain JSON under names. `sqlite-notes.ts` keeps them in a file of the data folder,
 * `memory-notes.ts` for as long as the process lives; `spec/actors/store/notes.contract.ts` holds both to the same.
 */
import { PortError } from "../../plugins/ports.ts"

/** Whose notes. */
export interface Owner {
  readonly plugin: string
  readonly scope: "session" | "project"
  /** Id of the root session, or real absolute path of the working folder. */
  readonly of: string
}

/** Values are JSON texts. */
export interface Notes {
  readonly get: (owner: Owner, key: string) => string | undefined
  /** Durable on return. @throws PortError when the owner has too many, or the disk refuses: then nothing has changed. */
  readonly set: (owner: Owner, key: string, json: string) => void
  readonly delete: (owner: Owner, key: string) => void
  /** All of them, in the order of their UTF-8 bytes. */
  readonly keys: (owner: Owner) => ReadonlyArray<string>
  /** All that belongs to these sessions, whoever's it is. */
  readonly forget: (sessions: ReadonlyArray<string>) => void
  readonly close: () => void
}

/** Notes that one plugin may have in one store. */
export const mostNotes = 1000

export const tooMany = ({ plugin, scope }: Owner): PortError =>
  new PortError(
    "invalid_arguments",
    `plugin ${plugin} has ${mostNotes} notes in the ${scope}'s store already, which is the most there may be; delete some, or put more into one`
  )
