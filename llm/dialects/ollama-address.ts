/**
 * Where an Ollama server is called, from what people write down for it: `OLLAMA_HOST` in any form that Ollama itself
 * takes (its envconfig/config.go: scheme, host and port are each optional), or a base URL that was meant for its
 * OpenAI-compatible side.
 */

const ownPort = "11434"

/** Addresses that a server listens on and nobody can call. */
const everywhere: ReadonlySet<string> = new Set(["0.0.0.0", "[::]"])

/** @returns `http://host:port`, with a path where one was given, and without `/` at its end. What is no address stays as it is. */
export const ollamaAddress = (configured = ""): string => {
  const written = configured.trim().replace(/^(["'])(.*)\1$/, "$2")
  const [, scheme, rest = ""] = /^(?:(https?):\/\/)?(.*)$/i.exec(written) ?? []
  const [, host = "", path = ""] = /^([^/]*)(.*)$/.exec(rest) ?? []
  const { name, port } = parts(host)
  const address = `${(scheme ?? "http").toLowerCase()}://${name}${path}`
  if (!URL.canParse(address)) return written
  const url = new URL(address)
  if (everywhere.has(url.hostname)) url.hostname = "127.0.0.1"
  // As Ollama does: a scheme brings its own port, no scheme brings Ollama's.
  url.port = port ?? (scheme === undefined ? ownPort : "")
  return url.href.replace(/(\/+(v1|api(\/+chat)?))*\/*$/, "")
}

const parts = (host: string): { readonly name: string; readonly port: string | undefined } => {
  // An address of IPv6 without brackets has several colons.
  if (/^[^[\]]*:[^[\]]*:/.test(host)) return { name: `[${host}]`, port: undefined }
  const [, name = "", port] = /^(.*?)(?::(\d*))?$/.exec(host) ?? []
  return { name: name || "127.0.0.1", port: port || undefined }
}
