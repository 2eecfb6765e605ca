/** What a key of the configuration may hold. An `error` completes the sentence "expected …", or says that word itself. */
import { isIP } from "node:net"
import * as z from "zod"
import { checkRules } from "../../plugins/permission.ts"
import { ownClash } from "./own-provider.ts"
import { quirks } from "./quirks.ts"

export const number = (expected: string, holds: (value: number) => boolean) =>
  z.number({ error: expected }).refine(holds, { error: expected })

export const text = (expected: string, holds: (value: string) => boolean = (value) => value !== "") =>
  z.string({ error: expected }).refine(holds, { error: expected })

export const list = <Item extends z.ZodType>(item: Item, expected: string) =>
  z.array(item, { error: `a list of ${expected}` })

export const oneOf = <const Word extends string>(...words: Array<Word>) =>
  z.enum(words, { error: `one of ${words.join(", ")}` })

export const flag = z.boolean({ error: "true or false" })
/** A longer time overflows the timers of JavaScript long before anybody waits that long. */
export const seconds = number("seconds, above 0 and at most 604800 (a week)", (value) => value > 0 && value <= 604_800)
export const count = number("a whole number, 1 or more", (value) => Number.isSafeInteger(value) && value >= 1)
export const port = number(
  "a port, 0 to 65535 (0: any free one)",
  (value) => Number.isInteger(value) && value >= 0 && value <= 65_535
)
export const word = text("a text that is not empty")
export const names = list(text("a name"), "names")
export const paths = list(text("a path"), "paths")
export const modelId = text("provider/model, for example openai/gpt-5", (value) => /^[^/\s]+\/\S/.test(value))
export const address = text(
  "an address that starts with http:// or https://",
  (value) => /^https?:\/\//.test(value) && URL.canParse(value)
)
/** `fetch` sends nothing to an address that holds a name and a password: who needs them sets a header. */
export const apiAddress = text(
  "an address that starts with http:// or https://, without a name or password in it",
  (value) => /^https?:\/\/[^/?#@]*(?:[/?#]|$)/.test(value) && URL.canParse(value)
)
const rule = z.string({ error: "a rule: tool, or tool(pattern)" }).superRefine((text, context) => {
  // Each line begins with the rule itself, which the message names anyway.
  for (const problem of checkRules([text])) {
    context.addIssue({ code: "custom", message: problem.slice(JSON.stringify(text).length + 2) })
  }
})
export const rules = list(rule, "rules")
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

export const mcpServer = z
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
export const peers = list(peer, "peers, each with name, url, and perhaps token and origins").refine(
  (all) => new Set(all.map(({ name }) => name)).size === all.length,
  { error: "peers of different names" }
)

const clientKeyWords = "a key without blanks and accents, as openssl rand -base64 24 makes one"
/** It travels in a header. How long it must be depends on who gets to the server. */
export const clientKey = text(clientKeyWords, (value) => /^[\x21-\x7e]+$/.test(value))
const clientName = text("a name: letters, digits and . _ - @", (value) => /^[\w.@-]{1,64}$/.test(value))
export const client = z.union(
  [
    clientKey,
    z.strictObject({ name: clientName, key: clientKey, operator: flag.optional() }, { error: "name, key, operator" })
  ],
  { error: `${clientKeyWords}, or {name, key}, and operator: true for yourself` }
)
export const origin = text("an origin: https://example.com, without a path", (value) =>
  /^[a-z][a-z\d+.-]*:\/\/[^/?#\s*]+$/.test(value)
)

export const ip = text("an IP address", (value) => isIP(value) !== 0)

export const amount = number("an amount in US dollars, above 0", (value) => value > 0)
const rate = number("US dollars per million tokens, 0 or more", (value) => value >= 0)

/** What the user knows better of a model than the catalogue; what is left out stays as the catalogue has it. */
export const modelFacts = z.strictObject(
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
export const ownProviders = z
  .record(providerId, ownProvider, { error: "providers by id, a name without slashes or blanks" })
  .superRefine((providers, context) => {
    for (const [id, provider] of Object.entries(providers)) {
      const message = ownClash(id, provider)
      if (message !== undefined) context.addIssue({ code: "custom", path: [id], message })
    }
  })
