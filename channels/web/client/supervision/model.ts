/** What the supervision view knows. */
import { newOutline, type Outline } from "../outline/outline.ts"
import type { Told } from "./told.ts"

export interface Supervision {
  /** Absent until the server has told it. */
  readonly told?: Told
  readonly outline: Outline
  /** Plugin that is being given another chance. */
  readonly reviving?: string
  /** Why the last one was not. */
  readonly refusal?: { readonly plugin: string; readonly why: string }
}

export const noSupervision: Supervision = { outline: newOutline }

export type SupervisionHappening =
  | { readonly type: "supervision.walked"; readonly outline: Outline }
  | { readonly type: "supervision.reviving"; readonly plugin: string }
  /** @see Supervision.refusal; absent: it was done. */
  | { readonly type: "supervision.revived"; readonly plugin: string; readonly why?: string }
