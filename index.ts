/** What a program that embeds Kintsugi imports. */
export { createRuntime, type Runtime } from "./actors/runtime.ts"
export type { RuntimeOptions } from "./actors/runtime/options.ts"
export type { Feed, Fate, Numbered } from "./actors/feed.ts"
export type { NoticeLog, NoticeLogEnd } from "./actors/feed/notice-log.ts"
export type { Heals } from "./actors/healing/heals.ts"
export type { Health, HealthNode, PluginState } from "./actors/health.ts"
export type { ChildKind } from "./actors/kernel/child.ts"
export type { Place } from "./actors/hosts/host.ts"
export type { LedgerView } from "./actors/kernel/ledger.ts"
export type { Brought, PluginView, RuntimePlugins, Tier } from "./actors/plugin/runtime-plugins.ts"
export type { SupervisionEvent } from "./actors/kernel/supervisor.ts"
export {
  type Journal,
  JournalError,
  type JournalErrorKind,
  type JournalRow,
  type NewSession,
  type Points,
  type SessionFilter,
  type SessionInfo,
  type Whose,
  type Writer
} from "./actors/journal.ts"
export type {
  OfferedCommand,
  OfferedShortcut,
  OfferedWidget,
  RunOptions,
  SessionExtensions
} from "./actors/session-extensions.ts"
export { FilesError, type SessionFiles, type StoredFile } from "./actors/session-files.ts"
export type { AskOptions, CloseOptions, OpenOptions, Session, SessionHost, SessionView } from "./actors/session-host.ts"
export type { Answered, CallOptions, SessionTools, ToolRun, ToolView } from "./actors/session-tools.ts"
export type { TextBuffers } from "./plugins/ports/text-buffers.ts"
export { isTerminal, replyOf, TurnFailed, userMessage } from "./actors/session/said.ts"
export { type Notices, noticesOf } from "./actors/session/notices.ts"
export type { Settings, SomeSettings } from "./actors/settings.ts"
export type { SessionNode } from "./plugins/session-node.ts"
export type { ConnectOptions, RemoteHost } from "./channels/connect/connect.ts"
export { connect } from "./channels/remote.ts"
export { AddressError } from "./channels/connect/address.ts"
export type { LineEnd } from "./channels/connect/line.ts"
export type { Connection } from "./channels/connect/link.ts"
export { RemoteError } from "./channels/connect/remote-error.ts"
export type { Times as ConnectTimes } from "./channels/connect/times.ts"
export type { RemoteSession } from "./channels/connect/remote-session.ts"
export type { Renewed } from "./channels/connect/follower.ts"
export type { ListedModel } from "./channels/wire/parts.ts"
export { attach, type Attachable, type AttachOptions, type Channel, paced } from "./channels/channel.ts"
export { type Decide, type Decision, permit, type Reply } from "./channels/permit.ts"
export type { Change, Rung, Seam, SeamStatus, SeamView } from "./healing/ledger.ts"
export type { Proof, StrategyName } from "./healing/strategy.ts"
export {
  type AssistantMessage,
  callsOf,
  type ImageBlock,
  type Message,
  type ProviderMeta,
  type TextBlock,
  textOf,
  type ThinkingBlock,
  type ToolCall,
  type ToolMessage,
  type UserMessage
} from "./llm/message.ts"
export { ModelError, type ModelErrorReason } from "./llm/model-error.ts"
export type {
  Effort,
  FinishReason,
  JsonSchema,
  Model,
  ModelEvent,
  ModelInfo,
  ModelRequest,
  Price,
  Rates,
  Taken,
  ToolDefinition,
  Usage
} from "./llm/model.ts"
export { defineModel, type ModelSpec, type Piece } from "./llm/own-model.ts"
export { scripted, type ScriptSource } from "./llm/scripted.ts"
export type {
  AgentEvent,
  AgentNotice,
  CompactionPrice,
  Failure,
  Limits,
  ModelSpent,
  PluginNews,
  Question,
  ReportEvent,
  Said,
  SeamNews,
  Spent,
  TerminalNotice,
  Transcript,
  TurnEnd,
  UserEvent
} from "./machines/events.ts"
export { type Background, isFromBackground } from "./machines/background.ts"
export type { Mode } from "./plugins/permission.ts"
export type { Field, FieldValue, Inquiry, InquiryReply } from "./plugins/inquiry.ts"
export type { AgentFile, AgentFiles, AgentFileSet } from "./plugins/agent-files.ts"
export type { ContextPart, ContextUse } from "./plugins/context-use.ts"
export type { BodyPart, SkillArguments } from "./plugins/skills.ts"
export type { SkillSet, Skills, SkillSource, SkillText, SkillView } from "./plugins/skills.ts"
export { type McpClient, McpError, type McpServers, type McpServerView, type McpStatus } from "./plugins/mcp.ts"
export { definePlugin, type Plugin, type PluginSpec } from "./plugins/plugin.ts"
export type { AgentResult, BackgroundState, BackgroundView, JobState } from "./plugins/ports.ts"
export {
  type Answer,
  defineTool,
  type ErrorClass,
  type Example,
  type Outcome,
  type Preview,
  refuse,
  type Risk,
  type SentFile,
  type Tool,
  type ToolContext,
  type ToolSpec
} from "./plugins/tool.ts"
