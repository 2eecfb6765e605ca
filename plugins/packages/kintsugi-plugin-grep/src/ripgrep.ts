/** What both text tools ask ripgrep for, and how it says what is wrong. */
import { PortError } from "kintsugi/plugin"
import * as z from "zod"

export const input = z.object({
  pattern: z.string().min(1).describe("Regular expression"),
  path: z.string().optional().describe("File or folder, default the working folder"),
  glob: z.array(z.string()).max(50).optional().describe('Only files like ["*.ts", "!*.spec.ts"]'),
  type: z.string().optional().describe("Only files of a type: ts, py, go, rust, java, md, …"),
  ignore_case: z.boolean().optional(),
  literal: z.boolean().optional().describe("The pattern is plain text"),
  word: z.boolean().optional().describe("Whole words only"),
  multiline: z.boolean().optional().describe("A match may go over line ends"),
  ignored: z.boolean().optional().describe("Git-ignored files, too")
})

export type Input = z.infer<typeof input>

/** Hidden files are part of a project; the user's own settings are not, for they may start programs. */
export const argumentsOf = ({ pattern, ...input }: Input, form: ReadonlyArray<string>, target: string) => [
  "--no-config",
  "--hidden",
  "--glob=!.git",
  ...(input.ignored === true ? ["--no-ignore"] : ["--no-require-git"]),
  ...(input.glob ?? []).map((glob) => `--glob=${glob}`),
  ...(input.type === undefined ? [] : [`--type=${input.type}`]),
  ...(input.ignore_case === true ? ["--ignore-case"] : []),
  ...(input.word === true ? ["--word-regexp"] : []),
  ...(input.multiline === true ? ["--multiline", "--multiline-dotall"] : []),
  // The default engine where it can, the slower one for look-around and back-references.
  ...(input.literal === true ? ["--fixed-strings"] : ["--engine=auto"]),
  "--no-messages",
  "--color=never",
  ...form,
  `--regexp=${pattern}`,
  "--",
  target
]

/** By its exit code. @throws PortError when it could not search. */
export const checkEnd = (code: number | undefined, trouble: string, found: boolean): void => {
  if (code === undefined || code < 2 || found) return
  if (code === 2) throw new PortError("invalid_arguments", trouble.slice(0, 1000) || "some of it could not be read")
  throw new PortError("execution_error", `ripgrep ended with ${code}: ${trouble.slice(0, 1000)}`)
}
