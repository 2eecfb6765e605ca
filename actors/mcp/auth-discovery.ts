/** Who lets users into an MCP server, and what of the user's may be sent there. */
import {
  checkResourceAllowed,
  discoverOAuthServerInfo,
  type FetchLike,
  type OAuthDiscoveryState,
  type OAuthServerInfo
} from "@modelcontextprotocol/client"

export interface Gate {
  /** Names the authorization server; what it gave is for it alone. */
  readonly issuer: string
  /** RFC 8707: what tokens are asked for, as the server itself writes it. */
  readonly resource: string | undefined
  readonly state: OAuthDiscoveryState
}

/** Milliseconds for each request. */
const patience = 15_000

/**
 * Carries none of the headers that are configured for the MCP server: they are not for its authorization server. What holds a
 * secret is not sent on to where a redirect points.
 */
export const discreet: FetchLike = (url, init) =>
  fetch(url, {
    ...init,
    redirect: init?.method === undefined || init.method === "GET" ? "follow" : "error",
    signal: AbortSignal.any([AbortSignal.timeout(patience), ...(init?.signal == null ? [] : [init.signal])])
  })

/**
 * Looked up anew each time, since it may have changed.
 *
 * @param metadata Where the server said that it describes itself. @throws whatever the SDK throws, with messages for people
 */
export const gateOf = async (address: string, metadata: string | undefined): Promise<Gate> => {
  const resourceMetadataUrl = metadata === undefined ? undefined : (URL.parse(metadata) ?? undefined)
  const info = await discoverOAuthServerInfo(address, {
    fetchFn: discreet,
    ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl })
  })
  return {
    issuer: info.authorizationServerMetadata?.issuer ?? info.authorizationServerUrl,
    resource: resourceOf(address, info),
    state: { ...info, ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl: resourceMetadataUrl.href }) }
  }
}

/** A server that calls itself by another's name would have us ask for tokens that are good there. */
const resourceOf = (address: string, { resourceMetadata }: OAuthServerInfo): string | undefined => {
  if (resourceMetadata === undefined) return undefined
  const { resource } = resourceMetadata
  if (!checkResourceAllowed({ requestedResource: new URL(address), configuredResource: resource }))
    throw new Error(`it calls itself ${JSON.stringify(resource.slice(0, 200))}, which is not its address`)
  return resource
}
