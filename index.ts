/** What a program that embeds Kintsugi imports. */
export { createRuntime, type Runtime, type RuntimeOptions } from "./actors/runtime.ts"
export type { Health, HealthNode, PluginState } from "./actors/health.ts"
export type { PluginView, RuntimePlugins, Tier } from "./actors/plugin/runtime-plugins.ts"
export type { SupervisionEvent } from "./actors/kernel/supervisor.ts"
export type { Journal, JournalRow, SessionInfo } from "./actors/journal.ts"
export type { OpenOptions, Session, SessionHost, SessionView } from "./actors/session-host.ts"
export { isTerminal, userMessage } from "./actors/session.ts"
export type { Settings, SomeSettings } from "./actors/settings.ts"
export type { SessionNode } from "./plugins/session-node.ts"
export { attach, type Channel } from "./channels/channel.ts"
export {
  type AssistantMessage,
  callsOf,
  type ImageBlock,
  type Message,
  type TextBlock,
  textOf,
  type ThinkingBlock,
  type ToolCall,
  type ToolMessage,
  type UserMessage
} from "./llm/message.ts"
export { ModelError, type ModelErrorReason } from "./llm/model-error.ts"
export type { Model, ModelEvent, ModelInfo, ModelRequest, Price, ToolDefinition, Usage } from "./llm/model.ts"
export type {
  AgentNotice,
  Failure,
  PluginNews,
  Question,
  Spent,
  TerminalNotice,
  Transcript,
  UserEvent
} from "./machines/events.ts"
export { isFromBackground } from "./machines/background.ts"
export type { Mode } from "./plugins/permission.ts"
export { definePlugin, type Plugin } from "./plugins/plugin.ts"
export type { AgentResult, BackgroundView } from "./plugins/ports.ts"
export {
  type Answer,
  defineTool,
  type Outcome,
  refuse,
  type Tool,
  type ToolContext,
  type ToolSpec
} from "./plugins/tool.ts"
