/** Which peer is meant on a command line: an address, or a name in the configuration; and the token that goes with it. */
import type { Peer } from "../../plugins/a2a/peer.ts"
import { CliError, type Io } from "./io.ts"

/** Tokens of addresses come from here: a flag could be read in the list of processes. */
const tokenVariable = "KINTSUGI_A2A_TOKEN"

/** @param origins Further ones, that the user names. */
export const peerOf = async (io: Io, named: string, origins: ReadonlyArray<string>): Promise<Peer> => {
  const more = origins.map(originIn)
  const token = io.env[tokenVariable] || undefined
  const isAddress = /^https?:\/\//i.test(named)
  if (isAddress && !isUsable(named))
    throw new CliError(2, "the peer's address must be one of http or https, without a name or password in it")
  const found = (await configured(io, isAddress)).find(({ name, url }) =>
    isAddress ? URL.parse(url)?.href === URL.parse(named)?.href : name === named
  )
  if (found === undefined && !isAddress)
    throw new CliError(
      2,
      `there is no peer ${JSON.stringify(named)} in channels.a2a.peers; an address starts with http://`
    )
  const shown = found?.token ?? token
  return {
    name: found?.name ?? new URL(named).host,
    url: found?.url ?? named,
    origins: [...(found?.origins ?? []), ...more],
    ...(shown !== undefined && { token: shown })
  }
}

const isUsable = (address: string): boolean => {
  const url = URL.parse(address)
  return url !== null && url.username + url.password === ""
}

const originIn = (text: string): string => {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href) return url.origin
  throw new CliError(2, `--origin takes an origin, as in https://api.example.com, not ${text}`)
}

/** @param isOptional Whoever gives an address must not be kept from it by a broken configuration. */
const configured = async (io: Io, isOptional: boolean): Promise<ReadonlyArray<Peer>> => {
  const [{ loadConfig }, { homeOf }] = await Promise.all([
    import("../../actors/config.ts"),
    import("../../actors/folders.ts")
  ])
  try {
    const { settings, notices } = await loadConfig({ cwd: io.cwd, env: io.env, home: homeOf(io.env) })
    if (!isOptional) for (const notice of notices) io.stderr.write(`${notice}\n`)
    return settings.channels.a2a.peers
  } catch (error) {
    if (!isOptional || !(error instanceof Error) || error.name !== "ConfigError") throw error
    return []
  }
}
