/**
 * The client that the conformance suite drives: a runtime as any program embeds it, with the suite's server configured, and a user who
 * agrees to everything and logs in wherever they are sent. The suite names the scenario in the environment.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { login } from "../../actors/mcp/auth-login.ts"
import { createRuntime } from "../../index.ts"
import type { Tool } from "@modelcontextprotocol/client"
import { McpError, type McpClient, type McpServers } from "../../plugins/mcp.ts"

const server = "conformance"

interface Context {
  readonly client_id?: string
  readonly client_secret?: string
  readonly toolCalls?: ReadonlyArray<{ readonly name: string; readonly arguments: unknown }>
}

const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? ""
const url = process.argv.at(-1) ?? ""
const context: Context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}")

/** Its client is described at an address of the suite's own, which the scenario compares letter by letter. */
const described = scenario === "auth/basic-cimd" ? "https://conformance-test.local/client-metadata.json" : undefined

const oauth = {
  ...(context.client_id === undefined ? {} : { clientId: context.client_id, clientSecret: context.client_secret }),
  ...(described === undefined ? {} : { clientMetadataUrl: described }),
  ...(scenario === "auth/client-credentials-basic" ? { grant: "client_credentials" as const } : {})
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** A browser whose user says yes: it goes where it is sent, and tells where it would go next. */
const browse = async (page: URL): Promise<URL> => {
  const response = await fetch(page, { redirect: "manual" })
  const location = response.headers.get("location")
  if (location === null) throw new Error(`no redirect from the page of the authorization server: ${response.status}`)
  return new URL(location, page)
}

const data = mkdtempSync(join(tmpdir(), "conformance-"))

/** Logins that one run makes at most, as no user would make more. */
let logins = 3

const logIn = async (servers: McpServers): Promise<void> => {
  if (logins-- <= 0) throw new Error("the server wants another login after three")
  const at = { server, url, config: { oauth }, data }
  const done = await login({ at, redirectUrl: "http://127.0.0.1:33418/callback", browse })
  say(`logged in: ${JSON.stringify(done)}`)
  await servers.restart(server)
  await servers.settled(10_000)
}

const view = (servers: McpServers) => servers.list().find(({ name }) => name === server)

const client = (): McpClient => ({
  session: "conformance",
  signal: AbortSignal.timeout(20_000),
  progress: () => {},
  ask: async () => ({ action: "accept", content: {} }),
  sample: async () => ({ role: "assistant", model: "scripted/one", content: { type: "text", text: "Yes." } })
})

/** Something of each kind that a tool asks for. */
const inputFor = ({ inputSchema }: Tool): unknown => {
  const properties: Readonly<Record<string, unknown>> = inputSchema.properties ?? {}
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name,
      typeof schema === "object" && schema !== null && "type" in schema ? sampleOf(schema.type) : "text"
    ])
  )
}

const sampleOf = (type: unknown): unknown =>
  type === "number" || type === "integer"
    ? 3
    : type === "boolean"
      ? true
      : type === "object"
        ? {}
        : type === "array"
          ? []
          : "text"

const loggedIn = async <T>(servers: McpServers, ask: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof McpError) || error.kind !== "login") throw error
      say(error.message)
      await logIn(servers)
    }
  }
}

const exercise = async (servers: McpServers): Promise<void> => {
  servers.begin()
  await servers.settled(15_000)
  while (view(servers)?.status === "login") await logIn(servers)
  const { status, error, tools = [], resources = [], prompts = [], refused = [] } = view(servers) ?? {}
  say(`${status} ${error ?? ""}: ${tools.length} tools, refused ${JSON.stringify(refused)}`)
  if (status !== "ready") throw new Error(`the server is ${status}: ${error}`)
  // Its server only lists.
  if (scenario === "json-schema-ref-no-deref") return
  const calls = context.toolCalls ?? tools.map((tool) => ({ name: tool.name, arguments: inputFor(tool) }))
  for (const { name, arguments: input } of calls) {
    const result = await loggedIn(servers, () => servers.call(server, name, input, client()))
    say(`${name}: ${JSON.stringify(result.content)}`)
  }
  for (const { uri } of resources) await loggedIn(servers, () => servers.read(server, uri, client()))
  for (const { name } of prompts) await loggedIn(servers, () => servers.prompt(server, name, {}, client()))
  // Listening is no part of a call; the suite looks at whether we come back to a stream that ended.
  if (scenario === "sse-retry") await setTimeout(1500)
}

const runtime = await createRuntime({
  data,
  cwd: data,
  settings: { mcp: { servers: { [server]: { type: "http", url, ...(Object.keys(oauth).length > 0 && { oauth }) } } } },
  log: say
})
try {
  await exercise(runtime.mcp)
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.exitCode = 1
} finally {
  await runtime.close()
  rmSync(data, { recursive: true, force: true })
}
