/** Values that nothing we write for people may hold: keys from the environment and from the configuration. */
import { redact } from "../healing/redact.ts"
import { isCommand } from "../llm/keys.ts"
import { withoutKeys } from "../llm/redact.ts"
import { isSecret } from "../plugins/ports/environment.ts"
import type { Environment } from "./folders.ts"
import { secretsIn } from "./health.ts"
import type { Settings } from "./settings.ts"

export const secretsOf = ({ llm, channels, mcp }: Settings, env: Environment): ReadonlyArray<string> => [
  ...secretsIn(env),
  ...literal(llm.api_key),
  ...Object.values(llm.providers).flatMap(({ api_key, headers = {} }) => [
    ...literal(api_key),
    ...credentials(headers)
  ]),
  ...(channels.a2a.token === undefined ? [] : [channels.a2a.token]),
  ...[channels.websocket, channels.mcp, channels.a2a].flatMap(({ api_keys }) =>
    api_keys.map((one) => (typeof one === "string" ? one : one.key))
  ),
  ...channels.a2a.peers.flatMap(({ token }) => token ?? []),
  ...Object.values(mcp.servers).flatMap(({ env: variables = {}, headers = {} }) => [
    ...secretsIn(variables),
    ...credentials(headers)
  ])
]

/** A command is no secret: errors name it. What it prints is learnt when it runs. */
const literal = (key: string | undefined): ReadonlyArray<string> => (key === undefined || isCommand(key) ? [] : [key])

const credentials = (headers: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries(headers).flatMap(([name, value]) => (isCredential(name, value) ? [value, lastWord(value)] : []))

/** Of HTTP. */
const isCredential = (header: string, value: string): boolean =>
  /^(proxy-)?authorization$|cookie/i.test(header) || isSecret(header.replaceAll("-", "_"), value)

/** `Bearer KEY` and `Basic KEY`: the key alone, too. */
const lastWord = (value: string): string => value.split(" ").at(-1) ?? value

/** Takes them, what this process learns meanwhile, and whatever looks like a secret, out of a text. */
export const hiding =
  (secrets: ReadonlyArray<string>): ((text: string) => string) =>
  (text) =>
    redact(withoutKeys(text, secrets))
