/** What each event hands to its hooks (code.claude.com/docs/en/hooks, "Hook events"), and what their matchers are held against. */
import type { CommandHookEvent } from "../command-hooks.ts"
import { theirNames } from "../foreign-tools.ts"
import type { HookInput, ToolAttempt, ToolEnd } from "../hooks.ts"
import type { Mode } from "../permission.ts"
import type { Occasion } from "./ask-hooks.ts"
import type { Fields } from "./fields.ts"
import { theirInput, theirResponse } from "./shapes.ts"

export interface Around {
  readonly cwd: string
  /** MCP servers, as names of tools call them. */
  readonly servers: ReadonlyArray<string>
}

const plain = (event: CommandHookEvent, names: ReadonlyArray<string>, fields: Fields): Occasion => ({
  event,
  names,
  input: () => fields
})

export const starting = (source: string, model: string): Occasion => plain("SessionStart", [source], { source, model })

export const submitted = ({ text, typed }: Pick<HookInput<"beforeUserMessage">, "text" | "typed">): Occasion =>
  plain("UserPromptSubmit", [], { prompt: typed ?? text, ...(typed !== undefined && { expanded_prompt: text }) })

export const calling = ({ tool, input, callId }: Omit<ToolAttempt, "session">, { cwd, servers }: Around): Occasion => ({
  event: "PreToolUse",
  names: namesOf(tool, servers),
  call: { tool, input, cwd },
  input: (name) => ({ tool_name: name, tool_input: theirInput(tool, input, cwd), tool_use_id: callId })
})

export const called = ({ answer, ...call }: Omit<ToolEnd, "session">, around: Around): Occasion => {
  const before = calling(call, around)
  const response = theirResponse(call.tool, call.input, answer, around.cwd)
  return { ...before, event: "PostToolUse", input: (name) => ({ ...before.input(name), tool_response: response }) }
}

/** @param own Path of its transcript; present: of a subagent. */
export const stopping = ({ text, again }: { readonly text: string; readonly again: number }, own?: string): Occasion =>
  plain(own === undefined ? "Stop" : "SubagentStop", [], {
    stop_hook_active: again > 0,
    last_assistant_message: text,
    ...(own !== undefined && { agent_transcript_path: own })
  })

export const compacting = (trigger: "manual" | "auto", focus: string): Occasion =>
  plain("PreCompact", [trigger], { trigger, custom_instructions: focus })

/** Why it ends nobody tells us. */
export const ended: Occasion = plain("SessionEnd", ["other"], { reason: "other" })

/** Of an MCP server's tool first the name with the server that there is. */
const namesOf = (tool: string, servers: ReadonlyArray<string>): ReadonlyArray<string> => {
  const names = theirNames(tool)
  const known = names.filter((name) => servers.some((server) => name.startsWith(`mcp__${server}__`)))
  return known.length === 0 ? names : [...new Set([...known.toReversed(), ...names])]
}

/** As Claude Code calls them. */
export const theirModes: Readonly<Record<Mode, string>> = {
  plan: "plan",
  ask: "default",
  edits: "acceptEdits",
  auto: "bypassPermissions"
}
