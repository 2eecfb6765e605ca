/** What a tool asks the user while it works: a yes or no, a few values, or a look at a web page. */

/** One value that is asked for. */
export type Field = {
  /** Unique among its siblings. */
  readonly name: string
  /** For people; absent: the name. */
  readonly title?: string
  readonly description?: string
  readonly required: boolean
} & (
  | {
      readonly type: "text"
      /** What the text must be. */
      readonly format?: "email" | "uri" | "date" | "date-time"
      /** Characters. */
      readonly minLength?: number
      readonly maxLength?: number
      /** Regular expression. It is not tried where that could take long, so whoever asks looks again. */
      readonly pattern?: string
      readonly default?: string
    }
  | {
      readonly type: "number" | "integer"
      readonly minimum?: number
      readonly maximum?: number
      readonly default?: number
    }
  | { readonly type: "boolean"; readonly default?: boolean }
  | { readonly type: "choice"; readonly options: ReadonlyArray<Option>; readonly default?: string }
  | {
      readonly type: "choices"
      readonly options: ReadonlyArray<Option>
      readonly minItems?: number
      readonly maxItems?: number
      readonly default?: ReadonlyArray<string>
    }
)

export interface Option {
  readonly value: string
  /** For people; absent: the value. */
  readonly title?: string
}

export type FieldValue = string | number | boolean | ReadonlyArray<string>

export interface Inquiry {
  /** Who wants to know, for people: `MCP server github`. */
  readonly from: string
  /** Plain text; a stranger may have written it. */
  readonly message: string
  /** Absent or empty: yes or no. */
  readonly fields?: ReadonlyArray<Field>
  /** A page that the user is asked to open by themselves; accepting says that they agreed, not that they are done there. */
  readonly url?: string
}

/** What the user says to it. */
export type InquiryReply =
  /** Every value fits its field; fields that were left empty and are not required are missing. */
  | { readonly action: "accept"; readonly content: Readonly<Record<string, FieldValue>> }
  | { readonly action: "decline" }
  /** Nobody is there to answer, or the turn was stopped before somebody did. */
  | { readonly action: "cancel"; readonly reason: string }
