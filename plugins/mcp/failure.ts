/** Why a server did not answer, as an answer that says what to do next. */
import { McpError } from "../mcp.ts"
import { type Answer, type ErrorClass, refuse } from "../tool.ts"

const classes: Readonly<Record<McpError["kind"], ErrorClass>> = {
  no_server: "not_found",
  not_ready: "missing_dependency",
  login: "permission_denied",
  timeout: "network_timeout",
  ended: "execution_error",
  refused: "execution_error",
  cancelled: "cancelled"
}

/** What it does not say itself. */
const advice: Readonly<Partial<Record<McpError["kind"], (server: string) => string>>> = {
  not_ready: () => "Go on without it, or try it later: it is tried again by itself; mcp_list_servers says how it is.",
  login: (server) => `Only the user can do that: tell them to run \`kintsugi mcp login ${server}\`.`,
  timeout: () => "What it had done before is not known: look before you call it again.",
  ended: () => "What it had done before is not known: look before you call it again; it is begun anew by itself."
}

/** @throws whatever is no McpError: a bug. */
export const failureAnswer = (error: unknown, server: string): Answer => {
  if (!isMcpError(error)) throw error
  const { kind, message } = error
  const more = advice[kind]?.(server)
  return refuse(classes[kind] ?? "execution_error", more === undefined ? message : `${message}\n${more}`)
}

/** By name, too: a program that embeds us may bring servers of its own, with another copy of the class. */
export const isMcpError = (error: unknown): error is McpError =>
  error instanceof McpError || (error instanceof Error && error.name === "McpError" && "kind" in error)
