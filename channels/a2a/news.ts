/** What whoever works on tasks tells of its work: an agent's session, or a plain function. */
import type { Artifact } from "@a2a-js/sdk"
import type { FieldValue, Inquiry } from "../../plugins/inquiry.ts"

/** What waits for the caller's word. */
export interface Asked {
  readonly id: string
  /** Of the call that waits. */
  readonly call: string
  /** What is asked and how it is answered, for people and models. */
  readonly text: string
  /** The same for programs. */
  readonly data: Readonly<Record<string, unknown>>
  /** Present: values may be given. */
  readonly inquiry?: Inquiry
}

export interface Answered {
  readonly decision: "allow" | "always" | "deny"
  readonly content?: Readonly<Record<string, FieldValue>>
}

/** How a turn ended. `asking`: it needs a further message; the text says which. */
export interface End {
  readonly state: "completed" | "failed" | "canceled" | "rejected" | "asking"
  readonly text: string
  /** The text is an answer without a task, where the caller can be given one. */
  readonly bare?: true
}

export type News =
  /** A turn begins, or goes on after its process ended; what was streamed is void. */
  | { readonly type: "started"; readonly messages: ReadonlyArray<string> }
  /** A message came into the turn that runs. */
  | { readonly type: "joined"; readonly message: string }
  /** A piece of what may become the answer. */
  | { readonly type: "piece"; readonly text: string }
  | { readonly type: "void" }
  /** Said on the way to the answer; the pieces before were this. */
  | { readonly type: "narrated"; readonly text: string }
  /** What it does now; nobody needs to know it later. */
  | { readonly type: "doing"; readonly text: string }
  | { readonly type: "made"; readonly artifact: Artifact }
  | { readonly type: "asked"; readonly question: Asked }
  | { readonly type: "answered"; readonly id: string }
  /** A call is over, and so is whatever it asked. */
  | { readonly type: "settled"; readonly call: string }
  | { readonly type: "ended"; readonly messages: ReadonlyArray<string>; readonly end: End }
