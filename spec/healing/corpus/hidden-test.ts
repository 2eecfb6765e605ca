/** A test of a reference tool that its plugin does not carry: the judge of a repair, never seen by whoever repairs. */

/** What a call meets and what must come of it; of the answer those fields that are named. */
export interface HiddenTest {
  readonly tool: string
  readonly input: unknown
  /** In the working folder before the call, by relative path. */
  readonly files?: Readonly<Record<string, string>>
  /** Commands of bash that prepare the working folder, after `files` are there. */
  readonly setup?: string
  /** What addresses say: the body of a 200, or with their status. */
  readonly responses?: Readonly<Record<string, string | { readonly status: number; readonly body: string }>>
  readonly answer: {
    readonly success: boolean
    readonly data?: unknown
    /** A part of it. */
    readonly error?: string
    readonly errorClass?: string
  }
  /** Files afterwards, by relative path; `undefined`: not there. */
  readonly written?: Readonly<Record<string, string | undefined>>
}

type More = Pick<HiddenTest, "files" | "setup" | "responses" | "written">

export const ok = (tool: string, input: unknown, data: unknown, more: More = {}): HiddenTest => ({
  tool,
  input,
  answer: { success: true, data },
  ...more
})

/** @param error A part of the answer's error. */
export const no = (tool: string, input: unknown, error: string, more: More = {}): HiddenTest => ({
  tool,
  input,
  answer: { success: false, error },
  ...more
})
