/** The configuration's type and defaults; `config/schema.ts` says what each key may hold, `config.ts` finds and merges it. */
import type * as z from "zod"
import type { settingsSchema } from "./config/schema.ts"

type Frozen<T> =
  T extends ReadonlyArray<infer Item>
    ? ReadonlyArray<Frozen<Item>>
    : T extends object
      ? { readonly [Key in keyof T]: Frozen<T[Key]> }
      : T

/** All keys as they stand in config.yaml, defaults filled in, `~/` and `${VAR}` expanded. */
export type Settings = Frozen<z.output<typeof settingsSchema>>

type Partly<T> =
  T extends ReadonlyArray<unknown> ? T : T extends object ? { readonly [Key in keyof T]?: Partly<T[Key]> } : T

/** Some of the keys, nested as in `Settings`. */
export type SomeSettings = Partly<Settings>

/** Apart from the schema, so that starting without any configuration loads no validator. */
export const defaults: Settings = {
  llm: {
    fallback: [],
    timeout: 300,
    idle_timeout: 120,
    max_retries: 3,
    fallback_on: { rate_limit: [], overload: [], context_overflow: [], refusal: [] },
    models: {},
    providers: {}
  },
  react: { enabled: true, max_turns: 50, protocol: "native" },
  tools: {
    enabled: [],
    disabled: [],
    timeout: 120,
    allow_bash: true,
    allow_file_write: true,
    allowed_paths: ["./"],
    blocked_paths: ["~/.ssh", "~/.aws"],
    output_limit: 50_000
  },
  plugins: { enabled: [], disabled: [], hook_timeout: 5, isolation: "child" },
  healing: {
    enabled: true,
    strategies: ["wrap", "stub", "install", "patch", "rewrite"],
    install: "declared",
    rewrite: "overlay",
    use_model: true,
    budget: 2,
    tool_restarts: { max: 3, seconds: 5 },
    plugin_restarts: { max: 5, seconds: 60 }
  },
  permissions: { mode: "ask", allow: [], ask: [], deny: [] },
  channels: {
    websocket: {
      host: "127.0.0.1",
      port: 8080,
      api_keys: [],
      require_auth: true,
      allowed_origins: [],
      proxies: [],
      max_connections: 2000,
      max_connections_per_address: 1000,
      grace: 8
    },
    mcp: {
      host: "127.0.0.1",
      port: 18_801,
      api_keys: [],
      require_auth: true,
      allowed_origins: [],
      proxies: [],
      grace: 8
    },
    a2a: {
      host: "127.0.0.1",
      port: 18_800,
      api_keys: [],
      require_auth: true,
      allowed_origins: [],
      proxies: [],
      private_push: false,
      grace: 8,
      peers: []
    }
  },
  mcp: { servers: {}, search_above: 10_000 },
  context: { max_characters: 80_000 },
  skills: { paths: [] },
  heartbeat: { enabled: true, interval: 30, timeout: 90 },
  ui: { theme: "auto", show_thinking: false, show_tool_calls: true }
}

/** Variables that begin like a key's and are none. */
export const otherVariables: ReadonlySet<string> = new Set([
  "KINTSUGI_TRUST",
  "KINTSUGI_DEBUG",
  "KINTSUGI_API_KEY",
  "KINTSUGI_A2A_TOKEN",
  "KINTSUGI_MCP_WITHIN"
])

/** Settings with changes laid over them, key by key; a list is replaced as a whole, `undefined` changes nothing. */
export const overlay = (base: Settings, changes: SomeSettings): Settings => laidOver(base, changes) as Settings

export const withDefaults = (settings: SomeSettings = {}): Settings => overlay(defaults, settings)

/** What is laid over is typed as a part of what lies below, so the result has its type. */
const laidOver = (base: object, changes: object): object => {
  const changed = Object.entries(changes).flatMap(([name, value]): ReadonlyArray<readonly [string, unknown]> => {
    const below: unknown = Reflect.get(base, name)
    if (value === undefined) return []
    return [[name, isSection(value) && isSection(below) ? laidOver(below, value) : value]]
  })
  return { ...base, ...Object.fromEntries(changed) }
}

export const isSection = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)
