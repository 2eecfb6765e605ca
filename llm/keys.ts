/** Where the key of a provider comes from: the configuration, the environment, or what the user has stored. */
import type { Environment } from "./environment.ts"

/** What a user has stored for providers, by their ids. Nothing of it is ever shown. */
export interface KeyStore {
  /** Ids of the providers that it has a key for. */
  readonly ids: () => ReadonlyArray<string>
  /**
   * The key as it was stored: `!command` stands for what the command prints.
   *
   * @param address Of a provider that is not one of ours: the key counts only if it was stored for this address.
   */
  readonly key: (provider: string, address?: string) => string | undefined
  /** What stands for a `{VARIABLE}` of the provider's address. */
  readonly value: (provider: string, variable: string) => string | undefined
  /** Why it cannot be read, for people; absent or `undefined` when it can. */
  readonly problem?: () => string | undefined
}

export const noKeys: KeyStore = { ids: () => [], key: () => undefined, value: () => undefined }

/** A key, or what fetches it when it is needed, and anew when that was refused; that rejects with `Misconfigured`. */
export type Key = string | ((refused?: string) => Promise<string>)

/** The value of the first variable that is set and not blank. */
export const keyIn = (variables: ReadonlyArray<string>, env: Environment): string | undefined =>
  variables.map((variable) => env[variable]?.trim()).find(Boolean)

/** Whether what the user wrote for a key is a command that prints it. */
export const isCommand = (written: string): boolean => /^\s*!/.test(written)

/** What the user wrote for a key of this provider (a name, for messages). The command runs when the key is first needed. */
export const keyOf = (written: string | undefined, provider: string, env: Environment): Key | undefined => {
  if (!written) return undefined
  return isCommand(written)
    ? async (refused) => (await import("./key-command.ts")).printedKey(written, provider, env, refused)
    : written
}
