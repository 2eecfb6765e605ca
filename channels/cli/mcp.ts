/** `kintsugi mcp`: the MCP servers that are configured, their tools, and calls of them without a model. */
import { Command, Option } from "commander"
import type { Io } from "./io.ts"
import { addMcpLogin } from "./mcp-login.ts"

export const mcpCommand = (io: Io): Command => {
  const group = new Command("mcp").description("list, try, add and remove MCP servers")
  group
    .command("list")
    .description("the servers that are configured, how they are, and their tools")
    .option("--json")
    .action(async (options: { json?: true }) => (await import("./mcp/list.ts")).listServers(io, options))
  group
    .command("tools")
    .description("the tools of one server")
    .argument("<server>")
    .option("--json", "with their schemas")
    .action(async (server: string, options: { json?: true }) =>
      (await import("./mcp/list.ts")).listTools(io, server, options)
    )
  group
    .command("call")
    .description("call a tool of a server, without a model")
    .argument("<server>")
    .argument("<tool>")
    .argument("[json]", "its arguments as a JSON object; - reads them from standard input")
    .option("--then <tool-and-json...>", "another call of the same server, after it: a tool and its arguments")
    .option("--json", "what the server gave, as JSON")
    .addHelpText("after", exits)
    .action(
      async (server: string, tool: string, input: string | undefined, options: { json?: true; then?: Array<string> }) =>
        (await import("./mcp/call.ts")).callTools(io, { server, tool, input, ...options })
    )
  addEditing(group, io)
  addMcpLogin(group, io)
  return group
}

const exits = `
Exit codes: 0 done · 1 a tool said that it failed · 2 no answer, or a wrong command · 3 it needs a login · 130 interrupted`

const addEditing = (group: Command, io: Io): void => {
  group
    .command("add")
    .description("add a server to the configuration: a command, or an address")
    .argument("<name>")
    .argument("<command-or-url>")
    .argument("[args...]", "of the command; write -- before it when they begin with -")
    .addOption(new Option("-t, --transport <way>", "default: http for an address").choices(["stdio", "http", "sse"]))
    .option("-e, --env <name=value>", "for the command; NAME alone takes the variable along", gathered, [])
    .option("-H, --header <header>", "for an address, as Name: value", gathered, [])
    .option("--timeout <seconds>", "of one call")
    .option("--local", "in this folder's configuration, ./.kintsugi/config.yaml")
    .allowUnknownOption()
    .action(async (name: string, target: string, args: ReadonlyArray<string>, options) =>
      (await import("./mcp/edit.ts")).addServer(io, { name, target, args, ...options })
    )
  group
    .command("remove")
    .description("remove a server from the configuration")
    .argument("<name>")
    .option("--local", "from this folder's configuration")
    .action(async (name: string, options: { local?: true }) =>
      (await import("./mcp/edit.ts")).removeServer(io, name, options)
    )
}

const gathered = (one: string, before: ReadonlyArray<string>): ReadonlyArray<string> => [...before, one]
