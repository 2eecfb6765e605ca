/** All MCP servers of a runtime behind their port. Cheap until one is begun: nothing is loaded, nothing is started. */
import * as Effect from "effect/Effect"
import { Subject } from "rxjs"
import { type McpClient, McpError, type McpServers, type McpServerView } from "../../plugins/mcp.ts"
import type { Environment } from "../folders.ts"
import type { Refused, SupervisionEvent, Supervisor } from "../kernel/supervisor.ts"
import { hiding, secretsOf } from "../secrets.ts"
import type { Settings } from "../settings.ts"
import { type ConfiguredServer, configuredServers } from "./configured.ts"
import { openMemory } from "./remembered.ts"
import { type Ask, request } from "./request.ts"
import { mcpServer, type Server } from "./server.ts"
import { emptyOffer, type State, stateOf } from "./state.ts"

export interface ServersParts {
  /** Absolute, real. */
  readonly cwd: string
  readonly settings: Settings
  readonly env: Environment
  readonly data: string | undefined
  readonly log: (message: string) => void
  /** Absent: no file is read, and only what the settings name is there. */
  readonly discover: { readonly config: string; readonly trusted: boolean; readonly cache?: string } | undefined
  /** Milliseconds in which a server must be connected. Default 60,000. */
  readonly connectWithin?: number
}

export interface OwnedServers extends McpServers {
  /** Whether there is any that can be begun. */
  readonly isAny: boolean
  /** Where they live from now on. */
  readonly plant: (branch: Supervisor) => void
  /** Hears what their supervisor does. */
  readonly observe: (event: SupervisionEvent) => void
  /** Those that a plugin brings are ended when it is switched off, and there again when it is switched on. */
  readonly turn: (plugin: string, isOn: boolean) => void
}

/** Name of their branch in the tree. */
const branchName = "mcp"

/** Milliseconds; programs that are fetched when they are first started take their time. */
const patience = 60_000

export const mcpServers = (parts: ServersParts): OwnedServers => {
  const changes = new Subject<string>()
  const configured = configuredServers(parts)
  const common = commonParts(parts, configured)
  const servers = new Map<string, Server>()
  /** Those that are stopped only to be started. */
  const renewed = new Set<string>()
  let views: ReadonlyArray<McpServerView> | undefined
  const changed = (name: string) => (): void => {
    views = undefined
    changes.next(name)
  }
  const states = configured.map((one, at): State => {
    const told = changed(one.name)
    if (!isRunnable(one)) return stateOf(one, resting(one), common.hide, told)
    const onEnd = (): void => {
      if (!renewed.has(one.name)) server.state.set(over)
    }
    const server = mcpServer({ ...common, id: idOf(one.name, at), configured: one, changed: told, onEnd })
    servers.set(one.name, server)
    return server.state
  })
  const list = (): ReadonlyArray<McpServerView> => (views ??= states.map(({ view }) => view()))
  let branch: Supervisor | undefined

  const start = (server: Server): void => {
    if (branch === undefined || server.state.now().status !== "idle") return
    server.state.set({ status: "connecting", isOver: false })
    void Effect.runPromise(orOver(server, branch.startChild(server.child)))
  }
  /**
   * At once, its back-off forgotten. Also for a server that had answered when it ended: its next life is worth trying, and calls set
   * the pace; to make them wait longer with every crash would take it away from who can use it.
   */
  const anew = async (server: Server): Promise<void> => {
    const { name, child, state } = server
    if (branch === undefined || renewed.has(name)) return
    renewed.add(name)
    await Effect.runPromise(Effect.ignore(branch.stopChild(child.id)))
    renewed.delete(name)
    state.set({ status: "connecting", isOver: false, link: undefined, retryAt: undefined })
    await Effect.runPromise(orOver(server, branch.restartChild(child.id)))
  }
  const retired = new Map<string, Server>()
  const retire = (server: Server): void => {
    const { name, child, state } = server
    const off = (): void => state.set({ status: "disabled", link: undefined, retryAt: undefined, offer: emptyOffer })
    servers.delete(name)
    retired.set(name, server)
    off()
    if (branch === undefined) return
    renewed.add(name)
    // What it says of its own end is no news.
    void Effect.runPromise(Effect.ignore(branch.stopChild(child.id))).then(() => {
      renewed.delete(name)
      if (retired.has(name)) off()
      else void anew(server)
    })
  }
  const reinstate = (server: Server): void => {
    retired.delete(server.name)
    servers.set(server.name, server)
    server.state.set({ status: "idle" })
    void anew(server)
  }
  const turn: OwnedServers["turn"] = (plugin, isOn) => {
    const its = configured.filter((one) => one.plugin === plugin).map(({ name }) => name)
    const [from, act] = isOn ? [retired, reinstate] : [servers, retire]
    for (const server of its.flatMap((name) => from.get(name) ?? [])) act(server)
  }
  const known = (name: string): Server => {
    const server = servers.get(name)
    if (server !== undefined) return server
    const view = list().find((one) => one.name === name)
    if (view !== undefined) throw new McpError("not_ready", `MCP server ${name} is ${view.status}${because(view)}`)
    const names = list().map((one) => one.name)
    throw new McpError("no_server", `there is no MCP server ${name}; there are: ${names.join(", ") || "none"}`)
  }
  const ask = async <A>(name: string, what: string, client: McpClient, how: Ask<A>): Promise<A> => {
    const server = known(name)
    start(server)
    return request(server, what, client, how)
  }

  return {
    isAny: servers.size > 0,
    plant: (grown) => {
      branch = grown
    },
    observe: (event) => {
      if (event.type !== "child.restarting") return
      const [, at, id] = event.path.split("/")
      const server = at === branchName ? [...servers.values()].find(({ child }) => child.id === id) : undefined
      if (server?.state.now().status !== "waiting") return
      server.state.set({ retryAt: event.at + event.delay })
      // Not while its supervisor is still at it.
      if (event.delay > 0 && server.isUseful()) setImmediate(() => void anew(server))
    },
    turn,
    list,
    changes: changes.asObservable(),
    begin: () => servers.forEach(start),
    settled: (within) => settled([...servers.values()], within),
    call: (name, tool, input, client) =>
      ask(name, `the tool ${tool}`, client, (link, { tools }, options) => {
        // Its schema of answers is left to whoever reads them: an answer that breaks it is better than none.
        const { outputSchema: _, ...definition } = tools.find((one) => one.name === tool) ?? {
          name: tool,
          inputSchema: anything
        }
        return link.client.callTool(
          { name: tool, arguments: argumentsOf(input) },
          { ...options, toolDefinition: definition }
        )
      }),
    prompt: (name, prompt, args, client) =>
      ask(name, `the prompt ${prompt}`, client, ({ client: far }, _, options) =>
        far.getPrompt({ name: prompt, arguments: { ...args } }, options)
      ),
    read: (name, uri, client) =>
      ask(name, `the resource ${uri}`, client, ({ client: far }, _, options) =>
        far.readResource({ uri }, { ...options, cacheMode: "refresh" })
      ),
    restart: async (name) => {
      const server = known(name)
      server.breaker.reset()
      if (server.state.now().status === "idle") start(server)
      else await anew(server)
    }
  }
}

const over = { status: "idle", link: undefined, retryAt: undefined, isOver: true } as const

/** What its supervisor does not start any more is over: whoever waits for it is told. */
const orOver = ({ state }: Server, starting: Effect.Effect<unknown, Refused>): Effect.Effect<void> =>
  starting.pipe(
    Effect.catch(({ kind }) => Effect.sync(() => (kind === "ended" ? state.set(over) : undefined))),
    Effect.asVoid
  )

const anything = { type: "object" as const }

const because = ({ error }: McpServerView): string => (error === undefined ? "" : `: ${error}`)

type Runnable = Parameters<typeof mcpServer>[0]["configured"]

const isRunnable = (one: ConfiguredServer): one is Runnable =>
  "way" in one.entry && !one.entry.disabled && one.untrusted === undefined

const resting = ({ entry, untrusted }: ConfiguredServer) => {
  if (untrusted !== undefined) return { status: "untrusted" as const }
  if (entry.disabled) return { status: "disabled" as const }
  return { status: "broken" as const, ...("problem" in entry && { error: entry.problem }) }
}

const commonParts = (parts: ServersParts, configured: ReadonlyArray<ConfiguredServer>) => {
  const { cwd, settings, env, data, log, discover, connectWithin = patience } = parts
  const timeout = settings.tools.timeout * 1000
  const hide = hiding(secretsOf(withServers(settings, configured), env))
  // Servers say what they like in our log, too.
  const discreet = (message: string): void => log(hide(message))
  return { cwd, env, data, log: discreet, timeout, connectWithin, hide, memory: openMemory(discover?.cache) }
}

/** Their keys are secrets wherever they are configured. */
const withServers = (settings: Settings, configured: ReadonlyArray<ConfiguredServer>): Settings => {
  const ways = configured.flatMap(({ name, entry }) => ("way" in entry ? [{ name, way: entry.way }] : []))
  const found = ways.map(({ name, way }) => [
    name,
    way.transport === "stdio" ? { env: way.env } : { headers: way.headers }
  ])
  return { ...settings, mcp: { ...settings.mcp, servers: Object.fromEntries(found) } }
}

/** Ids of the tree hold fewer signs than names may. */
const idOf = (name: string, at: number): string => {
  const plain = name.replace(/[^A-Za-z0-9._:@-]/g, "-")
  return plain === name ? name : `${plain}#${at + 1}`
}

/** What a model gives; anything but an object is none. */
const argumentsOf = (input: unknown): Record<string, unknown> => {
  if (input === undefined || input === null) return {}
  if (typeof input !== "object" || Array.isArray(input))
    throw new McpError(
      "refused",
      `the arguments of a tool are an object, got ${Array.isArray(input) ? "a list" : typeof input}`
    )
  return { ...input }
}

const settled = async (servers: ReadonlyArray<Server>, within: number): Promise<void> => {
  const late = AbortSignal.timeout(Math.max(0, within))
  const quiet = servers.map(({ state }) =>
    state.until(({ status }) => (status === "connecting" ? undefined : true), late).catch(() => true)
  )
  await Promise.all(quiet)
}
