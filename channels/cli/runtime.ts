/** The runtime as the command line makes it: this folder, this configuration, the user's data folder. */
import { statSync } from "node:fs"
import { resolve } from "node:path"
import { loadConfig } from "../../actors/config.ts"
import { folders, homeOf, logsFolder } from "../../actors/folders.ts"
import { keyFileIn } from "../../actors/keys/key-file.ts"
import { openKeyStore, type StoredKeys } from "../../actors/keys/key-store.ts"
import { createRuntime, type Runtime } from "../../actors/runtime.ts"
import type { SomeSettings, Settings } from "../../actors/settings.ts"
import type { Mode } from "../../plugins/permission.ts"
import { findProvider, providers } from "../../llm/catalog/providers.ts"
import { CliError, type Io } from "./io.ts"

/** Options as commander hands them over. */
export interface AgentOptions {
  readonly model?: string
  readonly continue?: true
  readonly resume?: string
  readonly permissions?: Mode
  readonly cd?: string
  readonly yes?: true
  readonly maxTurns?: number
  /** Values of the flags that plugins register. */
  readonly flags?: Readonly<Record<string, string | boolean>>
}

export interface Prepared {
  readonly runtime: Runtime
  readonly settings: Settings
  /** For the user, once: what the configuration wants them to know. */
  readonly notices: ReadonlyArray<string>
  readonly cwd: string
  readonly keys: StoredKeys
}

/**
 * @param adapt What whoever asks for it lays over the configuration.
 * @throws ConfigError (as a rejection) when a file or variable is wrong.
 */
export const prepare = async (
  io: Io,
  options: AgentOptions,
  adapt: (settings: Settings) => Settings = (settings) => settings
): Promise<Prepared> => {
  const cwd = resolve(io.cwd, options.cd ?? ".")
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw new CliError(2, `there is no folder ${cwd}`)
  const home = homeOf(io.env)
  const config = await loadConfig({ cwd, env: io.env, home, flags: flagsOf(options), isProvider })
  const { notices, env, trusted } = config
  const settings = adapt(config.settings)
  const places = folders({ env: io.env, home })
  const debug = io.env.KINTSUGI_DEBUG !== undefined
  const runtime = await createRuntime({
    cwd,
    model: options.model,
    settings,
    data: places.data,
    logs: logsFolder({ env: io.env, home }),
    discover: { config: places.config, cache: places.cache, trusted },
    flags: options.flags,
    local: true,
    env,
    log: debug ? (message) => io.stderr.write(`${message}\n`) : undefined
  })
  return { runtime, settings, notices, cwd, keys: openKeyStore(keyFileIn(places.data)) }
}

const isProvider = (id: string): boolean => findProvider(id) !== undefined

const flagsOf = ({ permissions, yes, maxTurns }: AgentOptions): SomeSettings => {
  const mode = yes ? "auto" : permissions
  return {
    ...(mode === undefined ? {} : { permissions: { mode } }),
    ...(maxTurns === undefined ? {} : { react: { max_turns: maxTurns } })
  }
}

/** Which session to go on with. */
export const resumed = ({ continue: latest, resume }: AgentOptions): string | undefined =>
  resume ?? (latest ? "latest" : undefined)

/** @throws CliError 2 saying which variables and commands configure a model. */
export const requireModel = ({ runtime, keys }: Prepared, { env }: Io): NonNullable<Runtime["model"]> => {
  if (runtime.model !== undefined) return runtime.model
  throw new CliError(2, howToConfigure(keys, env), "not_configured")
}

/** @param keys Told of where they cannot be used: who has stored one wonders why it does not count. */
export const howToConfigure = (keys?: StoredKeys, env: Io["env"] = {}): string => {
  const problems = keys === undefined ? [] : [keys.problem() ?? [], ...keys.flaws()].flat()
  return [...problems.map((one) => `stored keys: ${one}`), ways, ...unnamed(env)].join("\n")
}

/** A key alone does not choose a model of those whose models have the user's own names, such as Azure's deployments. */
const unnamed = (env: Io["env"]): ReadonlyArray<string> =>
  providers.flatMap(({ id, defaultModel, env: names, sharedEnv = [] }) => {
    const name = names.find((one) => env[one]?.trim() && !sharedEnv.includes(one))
    return name === undefined || defaultModel !== undefined ? [] : [`${name} is set: name a model with -m ${id}/…`]
  })

const ways = `no model is configured. Do one of these:
  export ANTHROPIC_API_KEY=…        (or OPENAI_API_KEY, OPENROUTER_API_KEY, GEMINI_API_KEY, …; see: kintsugi providers)
  kintsugi auth login                                  to store a key, asked for without showing it
  kintsugi config set llm.model ollama/qwen3-coder     for a model on this machine
  kintsugi run -m provider/model …                     for this once
Without one, kintsugi demo shows the agent at work with a scripted model.`
