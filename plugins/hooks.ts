/** The hooks that the host calls: what each is handed, what it may give back, and what stands in for it when it fails. */
import type { PluginCommand, PluginFlag, PluginProvider, PluginShortcut, PluginWidget } from "./extensions.ts"
import type { SessionNode } from "./session-node.ts"
import type { Answer } from "./tool.ts"

type May<Result> = void | undefined | Result | Promise<void | undefined | Result>

/** Tokens of a request or of a turn. */
export interface Tokens {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/** Every hook but `start` and `stop` belongs to a session. */
interface InSession {
  /** Id of the session. */
  readonly session: string
}

interface OfCall extends InSession {
  readonly callId: string
  readonly tool: string
}

/** A call before it is checked, permitted and run. */
export interface ToolAttempt extends OfCall {
  /** As the model gave it, or as an earlier guard left it. */
  readonly input: unknown
}

/** A guard's no, and why; the model reads it. */
export interface Deny {
  readonly deny: string
}

/** A guard lets the call go on, but the user is to be asked first, whatever mode and rules say. */
export interface Ask {
  /** Why, for the user. */
  readonly ask: string
  /** As it goes on; absent: as it was. */
  readonly input?: unknown
}

/** A guard gives the user's own leave beforehand. Only what comes with the program may; nothing goes past `deny`, `ask`, plan mode or a skill. */
export interface Allow {
  /** Why, for the log. */
  readonly allow: string
  readonly input?: unknown
}

/** What the user said, before a model reads it. */
export interface MessageAttempt extends InSession {
  /** Of the message. */
  readonly id: string
  /** As the model would read it: what it stands for, where it stands for something. */
  readonly text: string
  /** As the user typed it, where that is something else. */
  readonly typed?: string
  /** Id of the session that this one works for as a subagent; absent: its user said it. */
  readonly parent?: string
}

/** A call that is over, also one that was refused and never ran. */
export interface ToolEnd extends OfCall {
  /** As it ran, or would have. */
  readonly input: unknown
  readonly answer: Answer
}

/** What is known of a failed call that its error does not say. The model reads it below the error. */
export interface Diagnosis {
  /** What went wrong, in a sentence. */
  readonly diagnosis?: string
  /** What to do about it, the likeliest first. */
  readonly fixes?: ReadonlyArray<string>
}

/** A message as hooks see it. */
export interface ContextMessage {
  /** Its place in the conversation, from 0: by it the host knows which one is meant. */
  readonly id: number
  readonly role: "user" | "assistant" | "tool"
  /** All its text; what is no text (images, thinking) is not shown here and stays as it is. */
  readonly text: string
  /** Tool of an answer, and tools that an assistant's message calls. */
  readonly tools: ReadonlyArray<string>
}

/**
 * All hooks, each optional, each with one object as its argument, each within `plugins.hook_timeout` seconds. An observer
 * is told and nobody waits for it; each plugin hears what it is told in order.
 */
export interface Hooks {
  // Lifecycle

  /** Called once before the first session, and again whenever the plugin is begun anew. */
  start(context: StartContext): May<void>
  /** Called when the runtime closes, in reverse order of `start`, and before its code is exchanged or begun anew. */
  stop(): May<void>
  /** A session was opened. `resumed`: it goes on with what was said before. */
  onAgentStart(
    event: InSession & {
      readonly cwd: string
      readonly model: string
      readonly resumed: boolean
      /** Id of the session that this one works for as a subagent; absent: it is its user's. */
      readonly parent?: string
      /** Of a subagent: name of the agent whose part it plays; absent: it has no such part. */
      readonly agent?: string
    }
  ): May<void>
  /** A session was closed. */
  onAgentEnd(event: InSession): May<void>
  /** The agent begins to work on what the user said. */
  onTurnStart(event: InSession & { readonly text: string }): May<void>
  /** It ends, in one of three ways. `text`: the answer, or why it failed; empty when cancelled. `cost`: US dollars, absent when unknown. */
  onTurnEnd(
    event: InSession & {
      readonly end: "replied" | "failed" | "cancelled"
      readonly text: string
      readonly usage: Tokens
      readonly cost?: number
      /** Milliseconds since 1970, with their fractions: it is told later than it ends, and the next turn may have begun. */
      readonly at: number
    }
  ): May<void>
  /** Every `heartbeat.interval` seconds while sessions are open, for each. `silent`: seconds since it last gave a sign of life. */
  onHeartbeat(
    event: InSession & {
      readonly state: "idle" | "thinking" | "acting" | "asking" | "compacting"
      readonly silent: number
      /** It works and has been silent for longer than `heartbeat.timeout`. */
      readonly stalled: boolean
    }
  ): May<void>
  /** Text for the system prompt. Keep it stable within a session: a changing prompt defeats the provider's cache. */
  systemPrompt(event: InSession & { readonly cwd: string }): May<string>
  /** What the agent can do because of this plugin, in its own words: one short sentence each. Asked when somebody wants to know. */
  capabilities(event: InSession): May<ReadonlyArray<string>>

  // Messages

  /**
   * Asked before a model reads what the user said, or what a subagent was given to do (`parent`): may refuse it, or add something
   * behind it, which the model reads as this plugin's words. It fails closed, as `beforeToolExecute` does: then the message is refused.
   */
  beforeUserMessage(attempt: MessageAttempt): May<Deny | { readonly context: string }>
  /**
   * A reply is about to end the turn. What is to be done first is told to the model as a message of this plugin, and the turn goes
   * on, at most eight times in a row. `text`: the reply. `again`: how often it went on already.
   */
  beforeTurnEnd(
    event: InSession & { readonly text: string; readonly again: number; readonly parent?: string }
  ): May<{ readonly goOn: string }>
  /**
   * A message begins: the user's as it is, the model's while it is still being written. Once more without an end between
   * them: what was written is void, because the model is asked again.
   */
  onMessageStart(event: InSession & { readonly role: "user" | "assistant" }): May<void>
  /** What was written of the model's message since the last time; joined when it comes faster than it is heard. */
  onMessageUpdate(event: InSession & { readonly text: string; readonly thinking: string }): May<void>
  /** A message is whole, or what was written of it when it was cut short. `calls`: names of the tools that it calls. */
  onMessageEnd(
    event: InSession & {
      readonly role: "user" | "assistant"
      readonly text: string
      readonly calls: ReadonlyArray<string>
    }
  ): May<void>
  /** The model is about to be asked: for a reply, or for a summary. */
  onLlmCall(event: InSession & { readonly model: string; readonly messages: number; readonly tools: number }): May<void>
  /** It has replied, or failed for good: then `error` says how. `ms`: since `onLlmCall`. */
  onLlmResponse(
    event: InSession & {
      readonly model: string
      readonly ms: number
      readonly usage?: Tokens
      readonly cost?: number
      readonly error?: string
    }
  ): May<void>

  // Tools

  /**
   * Asked before every tool call, whoever's tool it is: may change its input, deny it, or have the user asked; what comes with the
   * program may answer the user's question beforehand. It fails closed: when it crashes, takes too long or its plugin is out of
   * use, the call is refused.
   */
  beforeToolExecute(attempt: ToolAttempt): May<Deny | Ask | Allow | { readonly input: unknown }>
  /** Permitted, and its code begins to run. */
  onToolExecutionStart(event: OfCall & { readonly input: unknown }): May<void>
  /** It shows something while it works. */
  onToolExecutionUpdate(event: OfCall & { readonly text: string }): May<void>
  /** It has its answer, as the model will read it, or was cut short. */
  onToolExecutionEnd(event: ToolEnd): May<void>
  /**
   * May change the answer of any call before anybody reads it: `success`, `data`, `error`, `errorClass`, `summary`, `diff`,
   * `images`. What is said of repairs (`outcome`, `degraded`, `seam`), permissions and by other plugins stays. A failure that
   * it calls a success is shown as degraded, in its name; a call that broke stays a failure.
   */
  afterToolExecute(end: ToolEnd): May<{ readonly answer: Answer }>
  /** A call failed: what this plugin knows about such failures. A sentence and five fixes at most are shown. */
  enhanceToolError(end: ToolEnd): May<Diagnosis>

  // Sessions

  /** Somebody looks at the tree of a session. */
  onSessionTree(event: InSession & { readonly nodes: ReadonlyArray<SessionNode> }): May<void>
  /** A point of the conversation was named, so that one can go back to it. */
  onSessionFork(event: InSession & { readonly node: string; readonly label: string }): May<void>
  /**
   * The conversation goes on from another point, or another session takes the place of this one: then `to` is its id. An empty `to`: the
   * conversation was cleared.
   */
  onSessionSwitch(event: InSession & { readonly from: string; readonly to: string }): May<void>
  /**
   * The conversation is about to be replaced by a summary; the first summary that is given is taken, and no model is asked. A denial
   * keeps the user's own `/compact` from it, and is only told where the conversation would not fit otherwise.
   */
  onSessionBeforeCompact(
    event: InSession & {
      readonly messages: ReadonlyArray<ContextMessage>
      readonly focus?: string
      /** It is not the user who asked for it: the conversation fills the model's window. */
      readonly automatic: boolean
    }
  ): May<Deny | { readonly summary: string }>
  onSessionCompacted(event: InSession & { readonly summary: string }): May<void>

  // Model

  /** The model that the session works with, at its opening and at every change. */
  onModelSelect(event: InSession & { readonly model: string; readonly before?: string }): May<void>
  /**
   * May filter what the model sees in this round: what is left out is not sent, a changed text is sent instead. A call and
   * its answers go together when one of them is left out; what the user said last must stay. The conversation itself keeps
   * everything.
   */
  onContextAccess(
    event: InSession & { readonly messages: ReadonlyArray<ContextMessage> }
  ): May<{ readonly messages: ReadonlyArray<ContextMessage> }>

  // Extensions: each asked once, when the plugin's code is loaded. What is wrong with them keeps the plugin from being loaded.

  registerCommands(): May<ReadonlyArray<PluginCommand>>
  registerShortcuts(): May<ReadonlyArray<PluginShortcut>>
  registerFlags(): May<ReadonlyArray<PluginFlag>>
  registerWidgets(): May<ReadonlyArray<PluginWidget>>
  registerProviders(): May<ReadonlyArray<PluginProvider>>
}

export interface StartContext {
  /** Absolute path of the folder in which sessions work. */
  readonly cwd: string
  /** Values of the flags that the plugin registered, defaults filled in; a flag without a default may be missing. */
  readonly flags: Readonly<Record<string, string | boolean>>
}

export type HookName = keyof Hooks

/** What a hook is handed. */
export type HookInput<Name extends HookName> = Parameters<Hooks[Name]> extends [infer Input] ? Input : undefined

/** What it gives, when it gives something. */
export type HookResult<Name extends HookName> = Exclude<Awaited<ReturnType<Hooks[Name]>>, void | undefined>

export type HookKind = "guard" | "filter" | "source" | "observer"

export interface HookContract {
  readonly name: string
  /**
   * guard: it may deny, so whatever goes wrong with it denies · filter: it may change what is handed to it · source: it
   * adds something · observer: it is told.
   */
  readonly kind: HookKind
  /** Where it is declared and missing, the plugin is not loaded. */
  readonly required: boolean
  /** What stands in for it. Never asked of a guard. */
  readonly neutral: (input: unknown) => unknown
}

const nothing = () => undefined
const none = (): ReadonlyArray<never> => []

const hook = <Name extends string, Kind extends HookKind>(
  name: Name,
  kind: Kind,
  neutral: HookContract["neutral"]
) => ({
  name,
  kind,
  required: false,
  neutral
})

export const hookContracts = {
  start: { ...hook("start", "observer", nothing), required: true },
  stop: hook("stop", "observer", nothing),
  onAgentStart: hook("onAgentStart", "observer", nothing),
  onAgentEnd: hook("onAgentEnd", "observer", nothing),
  onTurnStart: hook("onTurnStart", "observer", nothing),
  onTurnEnd: hook("onTurnEnd", "observer", nothing),
  onHeartbeat: hook("onHeartbeat", "observer", nothing),
  systemPrompt: hook("systemPrompt", "source", () => ""),
  capabilities: hook("capabilities", "source", none),
  beforeUserMessage: { ...hook("beforeUserMessage", "guard", nothing), required: true },
  beforeTurnEnd: hook("beforeTurnEnd", "source", nothing),
  onMessageStart: hook("onMessageStart", "observer", nothing),
  onMessageUpdate: hook("onMessageUpdate", "observer", nothing),
  onMessageEnd: hook("onMessageEnd", "observer", nothing),
  onLlmCall: hook("onLlmCall", "observer", nothing),
  onLlmResponse: hook("onLlmResponse", "observer", nothing),
  beforeToolExecute: { ...hook("beforeToolExecute", "guard", nothing), required: true },
  onToolExecutionStart: hook("onToolExecutionStart", "observer", nothing),
  onToolExecutionUpdate: hook("onToolExecutionUpdate", "observer", nothing),
  onToolExecutionEnd: hook("onToolExecutionEnd", "observer", nothing),
  afterToolExecute: hook("afterToolExecute", "filter", nothing),
  enhanceToolError: hook("enhanceToolError", "source", nothing),
  onSessionTree: hook("onSessionTree", "observer", nothing),
  onSessionFork: hook("onSessionFork", "observer", nothing),
  onSessionSwitch: hook("onSessionSwitch", "observer", nothing),
  onSessionBeforeCompact: hook("onSessionBeforeCompact", "source", nothing),
  onSessionCompacted: hook("onSessionCompacted", "observer", nothing),
  onModelSelect: hook("onModelSelect", "observer", nothing),
  onContextAccess: hook("onContextAccess", "filter", nothing),
  registerCommands: hook("registerCommands", "source", none),
  registerShortcuts: hook("registerShortcuts", "source", none),
  registerFlags: hook("registerFlags", "source", none),
  registerWidgets: hook("registerWidgets", "source", none),
  registerProviders: hook("registerProviders", "source", none)
} as const satisfies Readonly<Record<HookName, HookContract>>

/** Names of the hooks of one kind. */
export type HookOf<Kind extends HookKind> = {
  [Name in HookName]: (typeof hookContracts)[Name]["kind"] extends Kind ? Name : never
}[HookName]

/** Asked when the plugin's code is loaded, and never again. */
export const extensionHooks = [
  "registerCommands",
  "registerShortcuts",
  "registerFlags",
  "registerWidgets",
  "registerProviders"
] as const satisfies ReadonlyArray<HookName>

export const hookNames = Object.keys(hookContracts) as ReadonlyArray<HookName>

export const isHook = (name: string): name is HookName => Object.hasOwn(hookContracts, name)
