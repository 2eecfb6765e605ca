/** What a plugin's author imports, as `kintsugi/plugin`. */
export { type Deny, type ToolAttempt } from "./hooks.ts"
export { definePlugin, type Plugin } from "./plugin.ts"
export {
  type Exec,
  type ExecOptions,
  type ExecResult,
  type FileInfo,
  type Files,
  type JobView,
  PortError
} from "./ports.ts"
export { type InputSchema, type JsonSchema, type OutputSchema } from "./schema.ts"
export {
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
