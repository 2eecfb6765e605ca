/**
 * Every key of the configuration: what it may hold, what it is for, and what a folder that nobody trusts may do with it.
 * A schema's `error` completes the sentence "expected …", or says that word itself. Loaded only when there is something to check.
 */
import { isIP } from "node:net"
import * as z from "zod"
import { checkRules } from "../../plugins/permission.ts"
import { ownClash } from "./own-provider.ts"
import { quirks } from "./quirks.ts"

/**
 * What the configuration of an untrusted folder may do with a key. It may ask for less than what stands below it and
 * state preferences; whatever could loosen a limit, spend more or lead data elsewhere is ignored.
 */
export type Restriction =
  /** A preference: any value. */
  | "free"
  | "never"
  /** A number, only lower than what stands. */
  | "lower"
  /** Only `false`. */
  | "off"
  /** A list that forbids: its items are added. */
  | "more"
  /** A list that permits, empty for all: only a part of what stands. */
  | "fewer"
  /** Existing paths, each inside one that stands. */
  | "inside"
  /** Only models of registered providers, whose addresses are ours. */
  | "provider"
  /** Only a stricter permission mode. */
  | "stricter"

export interface KeyInfo {
  /** One line for people. */
  readonly about: string
  readonly untrusted: Restriction
  /** A list of rules that never disappear because another source has rules as well: items of all sources add up. */
  readonly adds?: true
}

/** What is known of each section and key, by its schema. */
export const keyInfo = z.registry<KeyInfo>()

const key = <Schema extends z.ZodType>(
  schema: Schema,
  untrusted: Restriction,
  about: string,
  more: Pick<KeyInfo, "adds"> = {}
): Schema => {
  // A copy, since two keys may share what they hold but not what they are for.
  const copy = schema.clone()
  keyInfo.add(copy, { about, untrusted, ...more })
  return copy
}

const number = (expected: string, holds: (value: number) => boolean) =>
  z.number({ error: expected }).refine(holds, { error: expected })

const text = (expected: string, holds: (value: string) => boolean = (value) => value !== "") =>
  z.string({ error: expected }).refine(holds, { error: expected })

const list = <Item extends z.ZodType>(item: Item, expected: string) => z.array(item, { error: `a list of ${expected}` })

const oneOf = <const Word extends string>(...words: Array<Word>) =>
  z.enum(words, { error: `one of ${words.join(", ")}` })

const flag = z.boolean({ error: "true or false" })
/** A longer time overflows the timers of JavaScript long before anybody waits that long. */
const seconds = number("seconds, above 0 and at most 604800 (a week)", (value) => value > 0 && value <= 604_800)
const count = number("a whole number, 1 or more", (value) => Number.isSafeInteger(value) && value >= 1)
const port = number(
  "a port, 0 to 65535 (0: any free one)",
  (value) => Number.isInteger(value) && value >= 0 && value <= 65_535
)
const word = text("a text that is not empty")
const names = list(text("a name"), "names")
const paths = list(text("a path"), "paths")
const modelId = text("provider/model, for example openai/gpt-5", (value) => /^[^/\s]+\/\S/.test(value))
const address = text(
  "an address that starts with http:// or https://",
  (value) => /^https?:\/\//.test(value) && URL.canParse(value)
)
/** `fetch` sends nothing to an address that holds a name and a password: who needs them sets a header. */
const apiAddress = text(
  "an address that starts with http:// or https://, without a name or password in it",
  (value) => /^https?:\/\/[^/?#@]*(?:[/?#]|$)/.test(value) && URL.canParse(value)
)
const rule = z.string({ error: "a rule: tool, or tool(pattern)" }).superRefine((text, context) => {
  // Each line begins with the rule itself, which the message names anyway.
  for (const problem of checkRules([text])) {
    context.addIssue({ code: "custom", message: problem.slice(JSON.stringify(text).length + 2) })
  }
})
const rules = list(rule, "rules")
const restarts = (untrusted: Restriction) => ({
  max: key(count, untrusted, "Restarts within `seconds` before the failure goes up."),
  seconds: key(seconds, untrusted, "Length of the period, in seconds.")
})

/** Names as other programs write them in .mcp.json. */
const mcpLogin = z.strictObject(
  {
    clientId: word.optional(),
    clientSecret: word.optional(),
    issuer: address.optional(),
    scope: word.optional(),
    grant: oneOf("authorization_code", "client_credentials").optional(),
    clientMetadataUrl: address.optional(),
    callbackPort: port.optional()
  },
  { error: "clientId, clientSecret, issuer, scope, grant, clientMetadataUrl, callbackPort" }
)

const mcpServer = z
  .strictObject(
    {
      type: oneOf("stdio", "http", "sse").optional(),
      command: word.optional(),
      args: list(z.string({ error: "a text" }), "texts").optional(),
      env: z.record(z.string(), z.string({ error: "a text" }), { error: "names with their texts" }).optional(),
      cwd: word.optional(),
      url: address.optional(),
      headers: z.record(z.string(), z.string({ error: "a text" }), { error: "names with their texts" }).optional(),
      timeout: seconds.optional(),
      disabled: flag.optional(),
      tools: z
        .strictObject(
          { enabled: names.optional(), disabled: names.optional() },
          { error: "enabled and disabled, lists of names of its tools, * in them for any characters" }
        )
        .optional(),
      trust_annotations: flag.optional(),
      oauth: mcpLogin.optional()
    },
    { error: "a server: command and args, or url" }
  )
  .refine((server) => (server.command === undefined) !== (server.url === undefined), {
    error: "a server with either command or url"
  })

const httpOrigin = text("an origin: https://example.com, without a path", (value) =>
  /^https?:\/\/[^/?#@\s]+$/.test(value)
)

const peer = z.strictObject(
  { name: word, url: apiAddress, token: word.optional(), origins: list(httpOrigin, "origins").optional() },
  { error: "a peer: name, url, and perhaps token and origins" }
)
const peers = list(peer, "peers, each with name, url, and perhaps token and origins").refine(
  (all) => new Set(all.map(({ name }) => name)).size === all.length,
  { error: "peers of different names" }
)

const clientKeyWords = "a key without blanks and accents, as openssl rand -base64 24 makes one"
/** It travels in a header. How long it must be depends on who gets to the server. */
const clientKey = text(clientKeyWords, (value) => /^[\x21-\x7e]+$/.test(value))
const clientName = text("a name: letters, digits and . _ - @", (value) => /^[\w.@-]{1,64}$/.test(value))
const client = z.union(
  [
    clientKey,
    z.strictObject({ name: clientName, key: clientKey, operator: flag.optional() }, { error: "name, key, operator" })
  ],
  { error: `${clientKeyWords}, or {name, key}, and operator: true for yourself` }
)
const origin = text("an origin: https://example.com, without a path", (value) =>
  /^[a-z][a-z\d+.-]*:\/\/[^/?#\s*]+$/.test(value)
)

const ip = text("an IP address", (value) => isIP(value) !== 0)

const amount = number("an amount in US dollars, above 0", (value) => value > 0)
const rate = number("US dollars per million tokens, 0 or more", (value) => value >= 0)

/** What the user knows better of a model than the catalogue; what is left out stays as the catalogue has it. */
const modelFacts = z.strictObject(
  {
    context_window: count.optional(),
    max_output: count.optional(),
    price: z
      .strictObject(
        { input: rate, output: rate, cache_read: rate.optional(), cache_write: rate.optional() },
        { error: "a price: input and output, perhaps cache_read and cache_write, in US dollars per million tokens" }
      )
      .optional(),
    images: flag.optional(),
    reasoning: flag.optional(),
    tools: flag.optional()
  },
  { error: "facts of a model: context_window, max_output, price, images, reasoning, tools" }
)

const headerName = text("a header's name: letters, digits and -", (value) => /^[\w!#$%&'*+.^`|~-]+$/.test(value))
const headerValue = text("the text of a header, in one line", (value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value))

const ownProvider = z.strictObject(
  {
    name: word.optional(),
    base_url: apiAddress,
    dialect: oneOf("openai-chat", "openai-responses", "anthropic", "gemini", "bedrock", "cohere", "ollama").default(
      "openai-chat"
    ),
    api_key: word.optional(),
    env: names.optional(),
    headers: z.record(headerName, headerValue, { error: "headers, letters, digits and - with their texts" }).optional(),
    quirks: quirks.optional()
  },
  { error: "a provider: base_url, and perhaps name, dialect, api_key, env, headers, quirks" }
)

const providerId = text("a name without slashes", (value) => /^[^/\s]+$/.test(value))
const ownProviders = z
  .record(providerId, ownProvider, { error: "providers by id, a name without slashes or blanks" })
  .superRefine((providers, context) => {
    for (const [id, provider] of Object.entries(providers)) {
      const message = ownClash(id, provider)
      if (message !== undefined) context.addIssue({ code: "custom", path: [id], message })
    }
  })

const section = <Shape extends z.ZodRawShape>(about: string, shape: Shape) =>
  z.strictObject(shape, { error: "a section with keys of its own" }).register(keyInfo, { about, untrusted: "free" })

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
      tool_restarts: section("Of one tool.", restarts("never")),
      plugin_restarts: section("Of one plugin.", restarts("never"))
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
        host: key(word, "never", "Address to listen on."),
        port: key(port, "never", "Port to listen on."),
        api_keys: key(
          list(client, "keys, or {name, key, operator}"),
          "never",
          "Keys that let a client in, each a user of its own; one for yourself is made up when there is none."
        ),
        require_auth: key(flag, "never", "Refuse clients without a key; false only where nobody else gets in."),
        allowed_origins: key(
          list(origin, "origins"),
          "never",
          "Web pages that may connect, besides our own; by what name this server is reached from elsewhere."
        ),
        proxies: key(
          list(ip, "IP addresses"),
          "never",
          "IP addresses of reverse proxies in front; whom they bring is read from X-Forwarded-For."
        ),
        max_connections: key(count, "never", "Connections at a time; those that have shown no key make room."),
        max_connections_per_address: key(count, "never", "Of them, from one address."),
        grace: key(
          number("seconds, 0 to 3600", (value) => value >= 0 && value <= 3600),
          "never",
          "Seconds that running turns have when the server is stopped; after them they go on at the next start."
        )
      }),
      mcp: section("kintsugi channel mcp --http", {
        host: key(word, "never", "Address to listen on."),
        port: key(port, "never", "Port to listen on."),
        api_keys: key(
          list(client, "keys, or {name, key, operator}"),
          "never",
          "Keys that let a client in, each a user of its own; one for yourself is made up when there is none."
        ),
        require_auth: key(flag, "never", "Refuse clients without a key; false only where nobody else gets in."),
        allowed_origins: key(
          list(origin, "origins"),
          "never",
          "Web pages that may connect; by what name this server is reached from elsewhere."
        ),
        proxies: key(list(ip, "IP addresses"), "never", "IP addresses of reverse proxies in front."),
        grace: key(
          number("seconds, 0 to 3600", (value) => value >= 0 && value <= 3600),
          "never",
          "Seconds that running requests have when the server is stopped."
        )
      }),
      a2a: section("kintsugi channel a2a", {
        host: key(word, "never", "Address to listen on."),
        port: key(port, "never", "Port to listen on."),
        token: key(
          clientKey.optional(),
          "never",
          "Bearer token that other agents show; whoever has it is one caller, named a2a."
        ),
        api_keys: key(
          list(client, "keys, or {name, key, operator}"),
          "never",
          "Further tokens, each a caller of its own; one for yourself is made up when there is none at all."
        ),
        require_auth: key(flag, "never", "Refuse callers without a token; false only where nobody else gets in."),
        allowed_origins: key(
          list(origin, "origins"),
          "never",
          "Web pages that may connect; by what name this server is reached from elsewhere."
        ),
        proxies: key(list(ip, "IP addresses"), "never", "IP addresses of reverse proxies in front."),
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
        grace: key(
          number("seconds, 0 to 3600", (value) => value >= 0 && value <= 3600),
          "never",
          "Seconds that running tasks have when the server is stopped; after them they go on at the next start."
        ),
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
