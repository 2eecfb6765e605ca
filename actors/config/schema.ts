/**
 * Every key of the configuration: what it may hold, what it is for, and what a folder that nobody trusts may do with it.
 * Loaded only when there is something to check.
 */
import * as z from "zod"
import { key, section } from "./key-info.ts"
import {
  address,
  amount,
  apiAddress,
  client,
  clientKey,
  count,
  flag,
  ip,
  list,
  mcpServer,
  modelFacts,
  modelId,
  names,
  number,
  oneOf,
  origin,
  ownProviders,
  paths,
  peers,
  port,
  rules,
  seconds,
  word
} from "./values.ts"

const restarts = {
  max: key(count, "never", "Restarts within `seconds` before the failure goes up."),
  seconds: key(seconds, "never", "Length of the period, in seconds.")
}

/** What all that listen have in common. */
const listensAt = {
  host: key(word, "never", "Address to listen on."),
  port: key(port, "never", "Port to listen on.")
}

interface Comers {
  /** Of `api_keys`. */
  readonly keys: string
  /** Of `require_auth`. */
  readonly strangers: string
  /** Of `allowed_origins`. */
  readonly pages: string
}

/** Who gets in, at whatever listens. */
const letsIn = ({ keys, strangers, pages }: Comers) => ({
  api_keys: key(list(client, "keys, or {name, key, operator}"), "never", keys),
  require_auth: key(flag, "never", `Refuse ${strangers}; false only where nobody else gets in.`),
  allowed_origins: key(
    list(origin, "origins"),
    "never",
    `${pages}; by what name this server is reached from elsewhere.`
  ),
  proxies: key(
    list(ip, "IP addresses"),
    "never",
    "IP addresses of reverse proxies in front; whom they bring is read from X-Forwarded-For."
  )
})

/** @param after What becomes of what runs. */
const grace = (after: string) =>
  key(
    number("seconds, 0 to 3600", (value) => value >= 0 && value <= 3600),
    "never",
    `Seconds that running ${after}`
  )

export const settingsSchema = z.strictObject(
  {
    llm: section("The model.", {
      model: key(modelId.optional(), "provider", "Model to work with, as provider/model."),
      fallback: key(list(modelId, "models"), "provider", "Models tried in order when the first one fails for good."),
      base_url: key(apiAddress.optional(), "never", "Address of the provider's API, instead of its own."),
      api_key: key(word.optional(), "never", 'Key for the provider; better kept in a variable, as "${MY_KEY}".'),
      timeout: key(seconds, "lower", "Seconds for one whole request."),
      idle_timeout: key(seconds, "lower", "Seconds without any sign of life in an answer."),
      max_retries: key(
        number("a whole number, 0 to 100", (value) => Number.isInteger(value) && value >= 0 && value <= 100),
        "lower",
        "Further attempts when a request fails for the moment."
      ),
      temperature: key(
        number("a number, 0 to 2", (value) => value >= 0 && value <= 2).optional(),
        "free",
        "How freely the model chooses its words; the provider's default when not set."
      ),
      max_tokens: key(count.optional(), "lower", "Most tokens of one reply; the provider's default when not set."),
      reasoning: key(oneOf("none", "low", "medium", "high").optional(), "free", "How hard a reasoning model thinks."),
      fallback_on: section("Models for one kind of failure, tried before those of `fallback`.", {
        rate_limit: key(list(modelId, "models"), "provider", "Too many requests, or the quota is used up."),
        overload: key(list(modelId, "models"), "provider", "The server fails, is overloaded or does not answer."),
        context_overflow: key(list(modelId, "models"), "provider", "The conversation is too long for the model."),
        refusal: key(list(modelId, "models"), "provider", "The provider withheld the reply.")
      }),
      max_cost: key(amount.optional(), "lower", "US dollars that one session may spend; then it stops and says so."),
      max_tokens_total: key(count.optional(), "lower", "Tokens, in and out, that one session may spend."),
      models: key(
        z.record(modelId, modelFacts, { error: "facts by model, as provider/model" }),
        "never",
        "What you know better of models, by provider/model: context_window, max_output, price, images, reasoning, tools."
      ),
      providers: key(
        ownProviders,
        "never",
        "Providers of your own, by id: base_url, dialect, api_key or env, headers, quirks."
      )
    }),
    react: section("The loop: think, act, observe.", {
      enabled: key(flag, "off", "Let the model call tools and go on by itself; false: one answer a message."),
      max_turns: key(count, "lower", "Most model calls for one message."),
      protocol: key(oneOf("native", "text"), "free", "How tools are called; text is for models without tool calling.")
    }),
    tools: section("What the agent may use.", {
      enabled: key(names, "fewer", "Only these tools; empty: all."),
      disabled: key(names, "more", "Tools that are taken away.", { adds: true }),
      timeout: key(seconds, "lower", "Seconds for one call."),
      allow_bash: key(flag, "off", "Offer the tools that run shell commands."),
      allow_file_write: key(flag, "off", "Offer the tools that write files."),
      allowed_paths: key(paths, "inside", "Files may be touched here only; ./ is the working folder."),
      blocked_paths: key(paths, "more", "Never touched, even inside allowed_paths.", { adds: true }),
      output_limit: key(count, "lower", "Characters of one answer that the model reads.")
    }),
    plugins: section("Plugins.", {
      enabled: key(names, "never", "Only these plugins besides the built-in ones; empty: all."),
      // Not "more": a plugin that is taken away may be the one that guards.
      disabled: key(names, "never", "Plugins that are not loaded.", { adds: true }),
      hook_timeout: key(seconds, "never", "Seconds for one hook."),
      isolation: key(oneOf("child", "worker"), "never", "Where plugins run that are not built in.")
    }),
    healing: section("What is done about code that breaks.", {
      enabled: key(flag, "never", "Mend broken hooks, tools and plugins."),
      strategies: key(
        list(oneOf("wrap", "stub", "install", "patch", "rewrite"), "wrap, stub, install, patch and rewrite"),
        "never",
        "The rungs that may be climbed."
      ),
      install: key(
        oneOf("declared", "ask", "never"),
        "never",
        "Install a missing package: if the manifest declares it, after a question, or never."
      ),
      rewrite: key(
        oneOf("overlay", "ask", "source", "never"),
        "never",
        "Rewrite a tool: as an overlay, after a question, in its file, or never."
      ),
      use_model: key(flag, "never", "Ask the model for a repair when no template fits."),
      budget: key(
        seconds,
        "never",
        "Seconds that a call waits for its tool to be mended; the work goes on after them."
      ),
      tool_restarts: section("Of one tool.", restarts),
      plugin_restarts: section("Of one plugin.", restarts)
    }),
    permissions: section("Who may do what without asking. deny beats ask, ask beats allow.", {
      mode: key(
        oneOf("plan", "ask", "edits", "auto"),
        "stricter",
        "plan: read only · ask: ask for all else · edits: edits go through · auto: all goes through."
      ),
      allow: key(rules, "never", "Calls that need no question.", { adds: true }),
      ask: key(rules, "more", "Calls that are always asked.", { adds: true }),
      deny: key(rules, "more", "Calls that are refused.", { adds: true })
    }),
    channels: section("Servers that others talk to.", {
      websocket: section("kintsugi channel websocket", {
        ...listensAt,
        ...letsIn({
          keys: "Keys that let a client in, each a user of its own; one for yourself is made up when there is none.",
          strangers: "clients without a key",
          pages: "Web pages that may connect, besides our own"
        }),
        max_connections: key(count, "never", "Connections at a time; those that have shown no key make room."),
        max_connections_per_address: key(count, "never", "Of them, from one address."),
        grace: grace("turns have when the server is stopped; after them they go on at the next start.")
      }),
      mcp: section("kintsugi channel mcp --http", {
        ...listensAt,
        ...letsIn({
          keys: "Keys that let a client in, each a user of its own; one for yourself is made up when there is none.",
          strangers: "clients without a key",
          pages: "Web pages that may connect"
        }),
        grace: grace("requests have when the server is stopped.")
      }),
      a2a: section("kintsugi channel a2a", {
        ...listensAt,
        token: key(
          clientKey.optional(),
          "never",
          "Bearer token that other agents show; whoever has it is one caller, named a2a."
        ),
        ...letsIn({
          keys: "Further tokens, each a caller of its own; one for yourself is made up when there is none at all.",
          strangers: "callers without a token",
          pages: "Web pages that may connect"
        }),
        url: key(
          address.optional(),
          "never",
          "Where callers reach it when a proxy is in front: https://agents.example.com; the card says so."
        ),
        private_push: key(
          flag,
          "never",
          "Let callers from elsewhere have addresses of this network told of their tasks."
        ),
        grace: grace("tasks have when the server is stopped; after them they go on at the next start."),
        peers: key(
          peers,
          "never",
          "Agents to call: name, url, token if they ask for one, origins where else their cards may lead."
        )
      })
    }),
    mcp: section("MCP servers whose tools are used.", {
      servers: key(
        z.record(z.string(), mcpServer, { error: "servers by name" }),
        "never",
        "By name: command, args and env, or url and headers; perhaps timeout, disabled, tools, trust_annotations, oauth."
      ),
      search_above: key(
        number("a whole number, 0 or more", (value) => Number.isSafeInteger(value) && value >= 0),
        "lower",
        "Tokens, about, that the descriptions of their tools may take; with more, tools are searched for."
      )
    }),
    context: section("Context files: AGENTS.md, CLAUDE.md and what they import.", {
      max_characters: key(
        number("a whole number, 0 or more", (value) => Number.isSafeInteger(value) && value >= 0),
        "lower",
        "Characters of all of them that every request carries at most; the nearest are kept whole the longest."
      )
    }),
    skills: section("Skills.", { paths: key(paths, "never", "Further folders that hold skills.") }),
    heartbeat: section("Signs of life.", {
      enabled: key(
        flag,
        "never",
        "Tell plugins regularly how sessions are, and the user when one gives no sign of life."
      ),
      interval: key(seconds, "never", "Seconds between two beats."),
      timeout: key(seconds, "never", "Seconds without a sign of life after which a session that works is reported.")
    }),
    ui: section("The terminal.", {
      theme: key(oneOf("auto", "dark", "light"), "free", "Colours."),
      show_thinking: key(flag, "free", "Show what the model thinks."),
      // Not "free": nobody but the user may decide that its work stays unseen.
      show_tool_calls: key(flag, "never", "Show the calls of tools.")
    })
  },
  { error: "sections such as llm and tools, each with its keys" }
)

/** For zod, where a schema checks once in a process: to compile it first would cost more than it saves. */
export const once = { jitless: true } as const
