/** `kintsugi mcp list|tools`: how each server is, with its own last words where it is not there; and what a server's tools are. */
import type { McpServers, McpServerView } from "../../../plugins/mcp.ts"
import { isAllowed, listedOf, type McpRules } from "../../../plugins/mcp/catalogue.ts"
import { reserved } from "../../../plugins/mcp/own-tools.ts"
import { adviceFor, counted, identity, statusWords } from "../../../plugins/mcp/server-lines.ts"
import { CliError, type Io } from "../io.ts"
import { columns } from "../plugin/columns.ts"
import { oneLine, printable } from "../printable.ts"
import { viewOf, withServers } from "./runtime.ts"

/** Milliseconds that servers have to connect, before they are told as they are. */
const patience = 30_000

/** Broken ones are told, and are no failure of the listing. */
export const listServers = (io: Io, { json }: { readonly json?: true }): Promise<void> =>
  withServers(io, async ({ servers, rules }) => {
    servers.begin()
    await awaited(io, servers)
    const views = servers.list()
    if (json)
      return void io.stdout.write(`${JSON.stringify({ servers: views.map((view) => rowOf(view, rules)) }, null, 2)}\n`)
    if (views.length === 0) return void io.stdout.write("no MCP servers; see kintsugi mcp add --help\n")
    for (const line of lines(views, rules)) io.stdout.write(`${printable(line)}\n`)
  })

const rowOf = (view: McpServerView, rules: McpRules) => {
  const { name, status, error, source, transport, target, protocol, title, version, refused, prompts, note } = view
  return {
    name,
    status,
    ...(error !== undefined && { error }),
    tools: toolsOf(view, rules).map((tool) => tool.name),
    ...(refused.length > 0 && { refused }),
    prompts: prompts.map((prompt) => prompt.name),
    resources: view.resources.length,
    templates: view.templates.length,
    source,
    transport,
    target,
    ...(protocol !== undefined && { protocol }),
    ...(title !== undefined && { title }),
    ...(version !== undefined && { version }),
    ...(note !== undefined && { note })
  }
}

/** Those that the user's lists leave. */
const toolsOf = ({ name, tools }: McpServerView, { servers }: McpRules) =>
  tools.filter((tool) => isAllowed(tool.name, Object.hasOwn(servers, name) ? servers[name] : undefined))

const lines = (views: ReadonlyArray<McpServerView>, rules: McpRules): ReadonlyArray<string> => {
  const rows = columns(
    views.map((view) => [
      view.name,
      statusWords[view.status],
      counted(toolsOf(view, rules).length, "tool"),
      [identity(view), `${view.transport} ${oneLine(view.target, 100)}`].filter(Boolean).join(" · ")
    ])
  )
  return views.flatMap((view, at) => [rows[at] ?? "", ...below(view).map((line) => `  ${line}`)])
}

const below = (view: McpServerView): ReadonlyArray<string> => {
  const { status, error, note, refused } = view
  const advice = adviceFor(view, Date.now())
  return [
    ...(note === undefined ? [] : [note]),
    ...(error === undefined || status === "ready" ? [] : error.split("\n")),
    ...(advice === "" ? [] : [advice]),
    ...refused.map(({ tool, reason }) => `left out: ${oneLine(tool, 80)}: ${oneLine(reason, 300)}`)
  ]
}

export const listTools = (io: Io, server: string, { json }: { readonly json?: true }): Promise<void> =>
  withServers(io, async ({ servers, rules }) => {
    await begun(io, servers, server)
    const view = viewOf(servers, server)
    if (view.status !== "ready")
      throw new CliError(2, printable(`MCP server ${server} is ${statusWords[view.status]}: ${view.error ?? ""}`))
    const listed = listedOf(servers.list(), rules, reserved).filter((one) => one.server === server)
    if (json) {
      const rows = listed.map(({ name, tool }) => ({ ...tool, calledByModels: name }))
      return void io.stdout.write(`${JSON.stringify({ server, tools: rows, refused: view.refused }, null, 2)}\n`)
    }
    for (const { tool } of listed) {
      io.stdout.write(`${printable(tool.name)}${oneLine(argumentsOf(tool.inputSchema), 200)}\n`)
      const about = tool.description ?? tool.title ?? ""
      if (about !== "") io.stdout.write(`  ${printable(oneLine(about, 200))}\n`)
    }
    for (const { tool, reason } of view.refused)
      io.stdout.write(`${printable(tool)}\n  left out: ${printable(reason)}\n`)
  })

/** Names of its arguments, those that it needs without a question mark. */
const argumentsOf = ({
  properties = {},
  required = []
}: {
  readonly properties?: object
  readonly required?: ReadonlyArray<string>
}): string =>
  ` { ${Object.keys(properties)
    .map((name) => printable(required.includes(name) ? name : `${name}?`))
    .join(", ")} }`.replace("{  }", "{}")

/** Only this one: others may hang. */
const begun = async (io: Io, servers: McpServers, server: string): Promise<void> => {
  if (viewOf(servers, server).status === "idle") await servers.restart(server)
  await awaited(io, servers)
}

/** Milliseconds after which it is told who is waited for. */
const quiet = 3000

const awaited = async (io: Io, servers: McpServers): Promise<void> => {
  const tell = setTimeout(() => {
    const names = servers.list().flatMap(({ name, status }) => (status === "connecting" ? [printable(name)] : []))
    io.stderr.write(`waiting for ${names.join(", ")}, ${(patience - quiet) / 1000} s more at most\n`)
  }, quiet)
  await servers.settled(patience)
  clearTimeout(tell)
}
