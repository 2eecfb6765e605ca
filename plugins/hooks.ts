/** The hooks that the host calls: what each is handed, what it may give, and what stands in for it when it fails. */

/** A call before it is checked, permitted and run. */
export interface ToolAttempt {
  readonly tool: string
  /** As the model gave it. */
  readonly input: unknown
}

/** A guard's no, and why; the model reads it. */
export interface Deny {
  readonly deny: string
}

export interface HookContract {
  readonly name: string
  /**
   * guard: it may deny, so whatever goes wrong with it denies · filter: it may change what is handed to it · source: it
   * adds something · observer: it is told.
   */
  readonly kind: "guard" | "filter" | "source" | "observer"
  /** Where it is declared and missing, the plugin is not loaded. */
  readonly required: boolean
  /** What stands in for it. Never asked of a guard. */
  readonly neutral: (input: unknown) => unknown
}

const nothing = () => undefined

export const hookContracts = {
  start: { name: "start", kind: "observer", required: true, neutral: nothing },
  stop: { name: "stop", kind: "observer", required: false, neutral: nothing },
  systemPrompt: { name: "systemPrompt", kind: "source", required: false, neutral: () => "" },
  beforeToolExecute: { name: "beforeToolExecute", kind: "guard", required: true, neutral: nothing }
} as const satisfies Readonly<Record<string, HookContract>>

export type HookName = keyof typeof hookContracts

export const hookNames = Object.keys(hookContracts) as ReadonlyArray<HookName>

export const isHook = (name: string): name is HookName => Object.hasOwn(hookContracts, name)
