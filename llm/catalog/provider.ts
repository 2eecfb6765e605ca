/** What is known of whoever serves models: address, keys, dialect, deviations. Data, so that a new one is an entry. */
import type { Quirks } from "../dialects/dialect.ts"
import type { ModelInfo, Price } from "../model.ts"

export type DialectName = "openai-chat" | "openai-responses" | "anthropic" | "gemini" | "bedrock" | "cohere" | "ollama"

/** How a credential becomes what the server takes; absent: the key is sent as it stands. */
export type Auth =
  /** Application default credentials, through the optional package google-auth-library. */
  | "google"
  /** An IBM Cloud key is exchanged for a token that holds an hour. */
  | "ibm"

/** How models of one provider are reached. */
export interface Way {
  /**
   * `{A|B}` is taken from the environment or the key store: the first of these variables that is set. Absent: only
   * `llm.base_url` or a variable of `baseUrlEnv` can say it.
   */
  readonly baseUrl?: string
  readonly dialect: DialectName
  /** Where it differs from its dialect; absent: nowhere that we know of. */
  readonly quirks?: Quirks
  /** Sent besides the dialect's own; `null` removes one. */
  readonly headers?: Readonly<Record<string, string | null>>
}

export interface Provider extends Way {
  readonly id: string
  /** For messages. */
  readonly name: string
  /** Environment variables that hold a whole base URL and win over `baseUrl`, in order. */
  readonly baseUrlEnv?: ReadonlyArray<string>
  /** Environment variables that may hold the key, in order. */
  readonly env: ReadonlyArray<string>
  /** Those of `env` that people set for other purposes too: they open a model but never choose one. */
  readonly sharedEnv?: ReadonlyArray<string>
  /** Works without a key. */
  readonly keyOptional?: true
  /** A sentence about how to come by a key, for those who have none. */
  readonly keyHint?: string
  /** Runs on the user's own machine and sends no bill. */
  readonly local?: true
  readonly auth?: Auth
  /**
   * Models that are reached there in another way than the rest: the first whose pattern fits the model's name. Its quirks are
   * laid over the provider's where both speak one dialect.
   */
  readonly routes?: ReadonlyArray<Partial<Way> & { readonly models: RegExp }>
  /** Model that is used when nobody chose one; absent: a key alone never chooses this provider. */
  readonly defaultModel?: string
  /** Traffic recorded from it passes through its dialect: `npm run replay`. */
  readonly replayed?: true
  /** For people who list providers. */
  readonly note?: string
}

/** What our claim to speak with a provider rests on; nothing more is claimed anywhere. */
export type Evidence = "replayed" | "unverified" | "local"

export const evidenceFor = ({ replayed, local }: Provider): Evidence =>
  replayed === true ? "replayed" : local === true ? "local" : "unverified"

/**
 * One that somebody registers beside these: a plugin, or the user under `llm.providers`. It has an address and keys of its
 * own: nothing that is configured for another provider is ever sent there, and its address is taken as it stands.
 */
export interface ExtraProvider extends Pick<Provider, "id" | "name" | "env" | "dialect" | "quirks" | "headers"> {
  readonly baseUrl: string
  /** From the configuration; it wins over `env`. `!command` stands for what the command prints. */
  readonly apiKey?: string
  readonly models: ReadonlyArray<
    Omit<ModelInfo, "price"> & { readonly id: string; readonly price?: Price | Pick<Price, "input" | "output"> }
  >
}
