/** `kintsugi mcp login|logout`: logins at MCP servers, made by the user in a browser and kept for them. */
import type { Command } from "commander"
import type { ConfiguredServer } from "../../actors/mcp/configured.ts"
import { isInteractive } from "./prompt.ts"
import { CliError, type Io } from "./io.ts"
import { printable } from "./printable.ts"

interface LoginOptions {
  /** `--no-browser` */
  readonly browser: boolean
}

export const addMcpLogin = (group: Command, io: Io): void => {
  group
    .command("login")
    .description("log in at a server that wants it, in a browser; what it gives is kept for you alone")
    .argument("<server>", "its name, as in kintsugi mcp list")
    .option("--no-browser", "open none: print the page, and take the address at which your browser ends up")
    .action((server: string, options: LoginOptions) => login(io, server, options))
  group
    .command("logout")
    .description("forget the login at a server")
    .argument("<server>")
    .action((server: string) => logout(io, server))
}

const login = async (io: Io, name: string, { browser }: LoginOptions): Promise<void> => {
  const at = await siteOf(io, name)
  const [{ login: logIn }, { oauthIn }, { loopback }] = await Promise.all([
    import("../../actors/mcp/auth-login.ts"),
    import("../../actors/mcp/auth-config.ts"),
    import("./loopback.ts")
  ])
  const { callbackPort = 0 } = oauthIn(name, at.config.oauth)
  const listener = await loopback(callbackPort).catch((error: unknown) => {
    throw new CliError(
      1,
      `port ${callbackPort} of 127.0.0.1, where the browser is to come back to, is not free: ${text(error)}`
    )
  })
  try {
    const done = await friendly(() =>
      logIn({
        at,
        redirectUrl: listener.redirectUrl,
        browse: async (page, issuer) => {
          await show(io, { page, issuer, browser, server: name })
          return answer(io, listener.answer(page.searchParams.get("state") ?? ""), browser)
        }
      })
    )
    io.stderr.write(
      done === undefined
        ? `MCP server ${printable(name)} wants no login; nothing was stored.\n`
        : `Logged in at MCP server ${printable(name)}${allowed(done.scope)}. Sessions that run use it from their next call on.\n`
    )
  } finally {
    listener.close()
  }
}

const allowed = (scope: string | undefined): string => (scope === undefined ? "" : `, allowed: ${printable(scope)}`)

interface Shown {
  readonly page: URL
  readonly issuer: string
  readonly browser: boolean
  readonly server: string
}

const show = async (io: Io, { page, issuer, browser, server }: Shown): Promise<void> => {
  const { openInBrowser } = await import("./browser.ts")
  const isOpen = browser && openInBrowser(io, page)
  io.stderr.write(
    `MCP server ${printable(server)} sends you to ${printable(issuer)} to log in.\n` +
      `${isOpen ? "If your browser has not opened this page, open it" : "Open this page in a browser"}:\n\n  ${printable(page.href)}\n\n`
  )
}

/** Minutes that somebody has to log in. */
const patience = 5

/** The browser comes by itself, or its user brings the address where it could not: it may run on another machine. */
const answer = async (io: Io, came: Promise<URL>, browser: boolean): Promise<URL> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new CliError(1, `nobody logged in within ${patience} minutes; nothing was stored`)),
    patience * 60_000
  )
  const asks = !browser || isInteractive(io)
  const pasted = asks ? pastedAt(io) : undefined
  try {
    return await Promise.race([came, late.promise, ...(pasted === undefined ? [] : [pasted.address])])
  } finally {
    clearTimeout(timer)
    pasted?.stop()
  }
}

const pastedAt = (io: Io): { readonly address: Promise<URL>; readonly stop: () => void } => {
  const stopper = new AbortController()
  const read = async (): Promise<URL> => {
    const { createInterface } = await import("node:readline/promises")
    const lines = createInterface({ input: io.stdin })
    stopper.signal.addEventListener("abort", () => lines.close())
    io.stderr.write("Should your browser not find its way back, paste the address where it ended up: ")
    for await (const line of lines) {
      const address = URL.parse(line.trim())
      if (address !== null) return address
      if (line.trim() !== "") io.stderr.write("This is no address; paste all of it, from http:// on: ")
    }
    // At the end of the input the browser may still come.
    return new Promise(() => {})
  }
  return { address: read(), stop: () => stopper.abort() }
}

const logout = async (io: Io, name: string): Promise<void> => {
  const at = await siteOf(io, name)
  const { logout: forget } = await import("../../actors/mcp/auth-login.ts")
  if (!(await friendly(() => forget(at)))) throw new CliError(1, `there is no login at MCP server ${printable(name)}`)
  io.stderr.write(
    `The login at MCP server ${printable(name)} is forgotten here. To have it withdrawn, go to who gave it to you.\n`
  )
}

/** The server as a session would meet it. @throws CliError 2 */
const siteOf = async (io: Io, name: string) => {
  const [{ loadConfig }, { folders, homeOf }, { configuredServers }] = await Promise.all([
    import("../../actors/config.ts"),
    import("../../actors/folders.ts"),
    import("../../actors/mcp/configured.ts")
  ])
  const home = homeOf(io.env)
  const { settings, env, trusted } = await loadConfig({ cwd: io.cwd, env: io.env, home })
  const { config, data } = folders({ env: io.env, home })
  const all = configuredServers({ cwd: io.cwd, settings, env, discover: { config, trusted } })
  const way = wayOf(all, name)
  return { server: name, url: way.url, config: way, data }
}

const wayOf = (all: ReadonlyArray<ConfiguredServer>, name: string) => {
  const found = all.find((one) => one.name === name)
  const names = all.map((one) => printable(one.name)).join(", ")
  if (found === undefined)
    throw new CliError(
      2,
      `there is no MCP server ${JSON.stringify(name)}; ${names === "" ? "none is configured" : `there is ${names}`}`
    )
  const { entry, untrusted } = found
  if (untrusted !== undefined) throw new CliError(2, `MCP server ${printable(name)}: ${untrusted}`)
  if ("problem" in entry) throw new CliError(2, printable(entry.problem))
  if (entry.way.transport !== "stdio") return entry.way
  throw new CliError(2, `MCP server ${printable(name)} is a program on this machine, which knows no login`)
}

/** What went wrong on the far side, or with the file, is told, not thrown with a stack. */
const friendly = async <T>(act: () => Promise<T>): Promise<T> => {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Error && ["LoginFailed", "LoginStoreError"].includes(error.name))
      throw new CliError(1, printable(error.message))
    throw error
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))
