/** Prompts of MCP servers as slash commands, named as other agents name them: `/mcp__server__prompt`. */
import type { GetPromptResult, Prompt } from "@modelcontextprotocol/client"
import type { CommandResult, PluginCommand } from "../extensions.ts"
import type { McpServers, McpServerView } from "../mcp.ts"
import { clientOf } from "./client.ts"
import { isMcpError } from "./failure.ts"
import { fit, serverKeys } from "./names.ts"
import type { Complete } from "./sampling.ts"

/** Only of servers that are ready: they come and go with them. */
export const promptCommands = (
  views: ReadonlyArray<McpServerView>,
  port: McpServers,
  complete: Complete | undefined
): ReadonlyArray<PluginCommand> => {
  const keys = serverKeys(views.map(({ name }) => name))
  const taken = new Set<string>()
  return views
    .filter(({ status }) => status === "ready")
    .flatMap(({ name: server, prompts }) =>
      prompts.flatMap((prompt): ReadonlyArray<PluginCommand> => {
        const name = `mcp__${keys.get(server) ?? fit(server)}__${fit(prompt.name)}`.toLowerCase().slice(0, 128)
        if (taken.has(name)) return []
        taken.add(name)
        return [
          {
            name,
            ...about(server, prompt),
            run: (given, context) => run({ server, prompt, given, port, complete }, context)
          }
        ]
      })
    )
}

const about = (server: string, { title, description, arguments: wanted = [] }: Prompt) => {
  const argument = wanted
    .map(({ name, required }) => (required ? `<${oneLine(name)}>` : `[${oneLine(name)}]`))
    .join(" ")
  const text = oneLine(description ?? title ?? "")
  return {
    description: (text === "" ? `A prompt of MCP server ${oneLine(server)}.` : text).slice(0, 200),
    ...(argument !== "" && { argument: argument.slice(0, 200) })
  }
}

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, " ").trim()

interface Run {
  readonly server: string
  readonly prompt: Prompt
  readonly given: string
  readonly port: McpServers
  readonly complete: Complete | undefined
}

const run = async (
  { server, prompt, given, port, complete }: Run,
  context: Parameters<PluginCommand["run"]>[1]
): Promise<CommandResult> => {
  const wanted = prompt.arguments ?? []
  const args = readArguments(
    given,
    wanted.map(({ name }) => name)
  )
  const missing = wanted.filter(({ name, required }) => required === true && !Object.hasOwn(args, name))
  if (missing.length > 0) {
    const lines = wanted.map(({ name, description = "" }) => `- ${plain(name)} ${plain(description)}`)
    return {
      show: `It needs ${missing.map(({ name }) => plain(name)).join(", ")}. Its arguments, in order or as name=value:\n${lines.join("\n")}`
    }
  }
  try {
    const said = promptText(await port.prompt(server, prompt.name, args, clientOf(context, complete)))
    if (said === "") return { show: "The server gave an empty prompt; nothing was sent." }
    if (said.length > longest)
      return { show: `The server gave a prompt of ${said.length} characters, more than ${longest}; nothing was sent.` }
    return { say: said }
  } catch (error) {
    if (!isMcpError(error)) throw error
    return { show: `MCP server ${plain(server)}: ${plain(error.message)}` }
  }
}

/** A stranger's text, without what Markdown would make of it. */
const plain = (text: string): string => text.replace(/[`*_~<[\]\\]/g, "\\$&")

/**
 * Words as a shell separates them, in the order of the arguments, the last one taking the rest; or `name=value`.
 *
 * @param names Of the prompt's arguments.
 */
export const readArguments = (given: string, names: ReadonlyArray<string>): Readonly<Record<string, string>> => {
  const words = [...given.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word)
  const read = new Map<string, string>()
  const rest: Array<string> = []
  for (const word of words) {
    const [, name = "", value = ""] = /^([^\s="']+)=([^]*)$/.exec(word) ?? []
    if (names.includes(name)) read.set(name, unquoted(value))
    else rest.push(unquoted(word))
  }
  const open = names.filter((name) => !read.has(name))
  for (const [at, name] of open.entries()) {
    const value = at === open.length - 1 ? rest.slice(at).join(" ") : rest[at]
    if (value !== undefined && value !== "") read.set(name, value)
  }
  return Object.fromEntries(names.flatMap((name) => [[name, read.get(name)] as const].filter(isGiven)))
}

const isGiven = (pair: readonly [string, string | undefined]): pair is readonly [string, string] =>
  pair[1] !== undefined

const unquoted = (word: string): string => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2")

/** Characters that are said to the agent. */
const longest = 200_000

/** What is said to the agent: one message as it is, several with who says each. */
export const promptText = ({ messages }: GetPromptResult): string => {
  const told = (Array.isArray(messages) ? messages : []).map(({ role, content }) => ({
    role,
    text: contentText(content)
  }))
  if (told.every(({ role }) => role === "user"))
    return told
      .map(({ text }) => text)
      .join("\n\n")
      .trim()
  return told.map(({ role, text }) => `${role === "user" ? "User" : "Assistant"}: ${text}`).join("\n\n")
}

type Content = GetPromptResult["messages"][number]["content"]

const contentText = (content: Content): string => {
  switch (content.type) {
    case "text":
      return content.text
    case "resource": {
      const { resource } = content
      return "text" in resource
        ? `Contents of ${resource.uri}:\n\n${resource.text}`
        : `[resource ${resource.uri}: not text]`
    }
    case "resource_link":
      return `[resource ${content.name}: ${content.uri}]`
    default:
      return `[${content.type}: cannot be said in a message]`
  }
}
