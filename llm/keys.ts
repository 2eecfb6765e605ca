/** Where the key of a provider comes from: the configuration, the environment, or what the user has stored. */

/** What a user has stored for providers, by their ids. Nothing of it is ever shown. */
export interface KeyStore {
  /** Ids of the providers that it has a key for. */
  readonly ids: () => ReadonlyArray<string>
  /** The key as it was stored: `!command` stands for what the command prints. */
  readonly key: (provider: string) => string | undefined
  /** What stands for a `{VARIABLE}` of the provider's address. */
  readonly value: (provider: string, variable: string) => string | undefined
}

export const noKeys: KeyStore = { ids: () => [], key: () => undefined, value: () => undefined }
