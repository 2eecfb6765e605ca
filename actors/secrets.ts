/** Values that nothing we write for people may hold: keys from the environment and from the configuration. */
import { redact } from "../healing/redact.ts"
import { withoutKeys } from "../llm/redact.ts"
import { isSecret } from "../plugins/ports/environment.ts"
import type { Environment } from "./folders.ts"
import { secretsIn } from "./health.ts"
import type { Settings } from "./settings.ts"

export const secretsOf = ({ llm, channels, mcp }: Settings, env: Environment): ReadonlyArray<string> => [
  ...secretsIn(env),
  ...[llm.api_key, channels.a2a.token].filter((key) => key !== undefined),
  ...channels.websocket.api_keys,
  ...channels.a2a.peers.flatMap(({ token }) => token ?? []),
  ...Object.values(mcp.servers).flatMap(({ env: variables = {}, headers = {} }) => [
    ...secretsIn(variables),
    ...Object.entries(headers).flatMap(([name, value]) => (isCredential(name, value) ? [value, lastWord(value)] : []))
  ])
]

/** Of HTTP. */
const isCredential = (header: string, value: string): boolean =>
  /^(proxy-)?authorization$|cookie/i.test(header) || isSecret(header.replaceAll("-", "_"), value)

/** `Bearer KEY` and `Basic KEY`: the key alone, too. */
const lastWord = (value: string): string => value.split(" ").at(-1) ?? value

/** Takes them, and whatever looks like a secret, out of a text. The longest first: one may be a part of another. */
export const hiding = (secrets: ReadonlyArray<string>): ((text: string) => string) => {
  const longestFirst = [...new Set(secrets)].toSorted((one, other) => other.length - one.length)
  return (text) => redact(withoutKeys(text, longestFirst))
}
