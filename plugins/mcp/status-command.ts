/** `/mcp` in chat: how the servers are, their tools, and another try for one. */
import type { CommandResult, PluginCommand } from "../extensions.ts"
import type { McpServers, McpServerView } from "../mcp.ts"
import type { Listed } from "./catalogue.ts"
import { adviceFor, counted, identity, statusWords } from "./server-lines.ts"

export interface StatusParts {
  readonly servers: () => McpServers | undefined
  readonly listed: () => ReadonlyArray<Listed>
}

/** Milliseconds that a try is waited for. */
const patience = 10_000

export const statusCommand = ({ servers, listed }: StatusParts): PluginCommand => ({
  name: "mcp",
  description: "MCP servers: how they are, their tools, another try",
  argument: "[tools NAME | restart NAME]",
  run: async (argument) => {
    const port = servers()
    if (port === undefined || port.list().length === 0) return { show: howToAdd }
    const [order = "", ...rest] = argument.trim().split(/\s+/)
    const name = rest.join(" ")
    if (order === "" || (order === "list" && name === "")) return { show: table(port.list(), listed()) }
    if (order !== "tools" && order !== "restart" && order !== "retry")
      return { show: "Say /mcp for all servers, /mcp tools NAME, or /mcp restart NAME." }
    const view = port.list().find((one) => one.name === name)
    if (view === undefined)
      return {
        show: `There is no MCP server ${plain(name)}; there are ${port
          .list()
          .map((one) => plain(one.name))
          .join(", ")}.`
      }
    return order === "tools" ? { show: toolsOf(view, listed()) } : restart(port, name, listed)
  }
})

const howToAdd =
  "There are no MCP servers. Add one with `kintsugi mcp add NAME -- COMMAND ARGS…` or `kintsugi mcp add NAME URL`, or in `.mcp.json`."

const restart = async (port: McpServers, name: string, listed: StatusParts["listed"]): Promise<CommandResult> => {
  await port.restart(name)
  await port.settled(patience)
  return {
    show: table(
      port.list().filter((one) => one.name === name),
      listed()
    )
  }
}

const table = (views: ReadonlyArray<McpServerView>, listed: ReadonlyArray<Listed>): string =>
  views.map((view) => lines(view, listed)).join("\n")

const lines = (view: McpServerView, listed: ReadonlyArray<Listed>): string => {
  const { name, status, transport, target, error, note, prompts, resources, templates, refused } = view
  const tools = listed.filter(({ server }) => server === name).length
  const has = [
    tools > 0 ? counted(tools, "tool") : "",
    refused.length > 0 ? `${counted(refused.length, "tool")} left out` : "",
    prompts.length > 0 ? counted(prompts.length, "prompt") : "",
    resources.length + templates.length > 0 ? counted(resources.length + templates.length, "resource") : ""
  ]
  const facts = [statusWords[status], adviceFor(view, Date.now()), ...has, plain(identity(view))].filter(Boolean)
  return [
    `- **${plain(name)}** ${facts.join(" · ")}`,
    `  ${transport}: ${plain(target)}`,
    ...(note === undefined ? [] : [`  ${plain(note)}`]),
    ...(error === undefined || status === "ready" ? [] : [fenced(error)])
  ].join("\n")
}

/** Refused ones last, each with its reason. */
const toolsOf = ({ name, refused }: McpServerView, listed: ReadonlyArray<Listed>): string => {
  const own = listed.filter(({ server }) => server === name)
  const rows = own.map(({ name, tool }) => {
    const about = plain((tool.description ?? tool.title ?? "").replace(/\s+/g, " ").slice(0, 160))
    return `- **${plain(name)}** ${about}`
  })
  const out = refused.map(({ tool, reason }) => `- ${plain(tool)}, left out: ${plain(reason)}`)
  return rows.length + out.length === 0 ? `${plain(name)} has no tools.` : [...rows, ...out].join("\n")
}

/** A stranger's text, without what Markdown would make of it. */
const plain = (text: string): string => text.replace(/[\p{Cc}]+/gu, " ").replace(/[`*_~<[\]\\]/g, "\\$&")

const fenced = (text: string): string =>
  [
    "  ```",
    ...text
      .replaceAll("`", "'")
      .split("\n")
      .slice(-20)
      .map((line) => `  ${line}`),
    "  ```"
  ].join("\n")
