/** What a plugin's author imports, as `kintsugi/plugin`. */
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
export { type InputSchema, type JsonSchema } from "./schema.ts"
export {
  type Answer,
  type AnswerImage,
  defineTool,
  type ErrorClass,
  type Outcome,
  type Preview,
  refuse,
  type Risk,
  type Tool,
  type ToolContext,
  type ToolSpec
} from "./tool.ts"
