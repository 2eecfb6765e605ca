/** What a plugin's author imports, as `kintsugi/plugin`. */
export {
  type CommandContext,
  type CommandResult,
  type PluginCommand,
  type PluginFlag,
  type PluginProvider,
  type PluginShortcut,
  type PluginWidget
} from "./extensions.ts"
export {
  type Allow,
  type Ask,
  type ContextMessage,
  type Deny,
  type Diagnosis,
  type HookInput,
  type HookName,
  type HookResult,
  type Hooks,
  type MessageAttempt,
  type StartContext,
  type Tokens,
  type ToolAttempt,
  type ToolEnd
} from "./hooks.ts"
export { type Field, type FieldValue, type Inquiry, type InquiryReply, type Option } from "./inquiry.ts"
export {
  definePlugin,
  type Expansion,
  type ExpansionContext,
  type LiveParts,
  type Plugin,
  type PluginSpec
} from "./plugin.ts"
export {
  type AgentCard,
  type AgentResult,
  type Agents,
  type AgentTask,
  type BackgroundState,
  type BackgroundView,
  type Exec,
  type ExecOptions,
  type ExecResult,
  type FileInfo,
  type Files,
  type JobView,
  PortError,
  type Store,
  type Stores,
  type TaskAgent
} from "./ports.ts"
export { type SessionNode } from "./session-node.ts"
export { type InputSchema, type JsonSchema, type OutputSchema } from "./schema.ts"
export {
  type Advice,
  type Answer,
  type AnswerImage,
  defineTool,
  type ErrorClass,
  type Example,
  type Outcome,
  type Preview,
  refuse,
  type Risk,
  type Tool,
  type ToolContext,
  type ToolSpec
} from "./tool.ts"
