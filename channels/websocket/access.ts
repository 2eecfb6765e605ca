/** Who is let in where: decided before anything listens. */
import { AccessError } from "./access-error.ts"
import { staysHere } from "./addresses.ts"
import { type ClientKey, enough, type FindUser, makeUpKey, operator, shortOf, usersOf } from "./users.ts"

export interface AccessOptions {
  readonly host: string
  /** A proxy in front lets in others than this machine. Default false. */
  readonly isProxied?: boolean
  readonly keys: ReadonlyArray<ClientKey>
  /** False: everybody who gets here is the machine's own user. */
  readonly requireAuth: boolean
  /** Read when there are keys. */
  readonly salt: () => Buffer
  /** Where the configuration stands. Default `channels.websocket`. */
  readonly section?: string
}

export interface Access {
  /** `undefined`: nobody needs a key. */
  readonly find: FindUser | undefined
  /** Of the machine's own user, made for this run; told once. */
  readonly madeUp?: string
  /** Only programs of this machine reach it, a proxy among them. */
  readonly isHere: boolean
  /** What whoever starts the server should know of it. */
  readonly warning?: string
}

/** Rejects with an AccessError. */
export const accessFor = async ({
  host,
  isProxied = false,
  keys,
  requireAuth,
  salt,
  section = "channels.websocket"
}: AccessOptions): Promise<Access> => {
  const isHere = await staysHere(host).catch(() => {
    throw new AccessError(
      `there is no host ${JSON.stringify(host)}: listen on 127.0.0.1, or on an address of this machine`
    )
  })
  const isAlone = isHere && !isProxied
  const where = isHere ? `the proxy in front (${section}.proxies)` : host
  const advice = adviceIn(section)
  if (!requireAuth) {
    if (!isAlone)
      throw new AccessError(`without keys only this machine may connect, and ${where} lets in others. ${advice}`)
    return { find: undefined, isHere }
  }
  if (keys.length > 0) return { find: usersOf(keys, salt()), isHere, ...aboutShort(keys, where, isAlone) }
  if (!isAlone) throw new AccessError(`${where} lets in others than this machine, so it needs a key. ${advice}`)
  const madeUp = makeUpKey()
  const find = usersOf([{ name: operator.name, key: madeUp, operator: true }], Buffer.alloc(0))
  return { find, madeUp, isHere }
}

/** On this machine a handy key is the user's own choice; over a network it is an open door. */
const aboutShort = (keys: ReadonlyArray<ClientKey>, where: string, isAlone: boolean): Pick<Access, "warning"> => {
  if (!isAlone) refuseShort(keys, where)
  const short = shortOf(keys)
  return short === 0 ? {} : { warning: guessable(short, "other users of this machine") }
}

/** @throws AccessError when one could be guessed. @param where Lets in others than this machine. */
export const refuseShort = (keys: ReadonlyArray<ClientKey>, where: string): void => {
  const short = shortOf(keys)
  if (short > 0) throw new AccessError(guessable(short, `others, whom ${where} lets in`))
}

const guessable = (short: number, who: string): string =>
  `${short === 1 ? "a key has" : `${short} keys have`} fewer than ${enough} characters, and ${who} could guess ${short === 1 ? "it" : "them"}: openssl rand -base64 24 makes one that cannot be guessed`

const adviceIn = (section: string): string =>
  `Set one in KINTSUGI_${section.replaceAll(".", "_").toUpperCase()}_API_KEYS or in ${section}.api_keys (openssl rand -base64 24 makes one), or listen on 127.0.0.1 without a proxy`
