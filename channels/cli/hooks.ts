/** `kintsugi hooks`: which commands are run at which events, and what they say when they are tried. */
import { Command } from "commander"
import type { Io } from "./io.ts"

export const hooksCommand = (io: Io): Command => {
  const group = new Command("hooks").description("list and try commands that are run at events")
  group
    .command("list")
    .description("the hooks of this folder, your own and those of plugins; what is wrong with some on standard error")
    .option("--json")
    .action(async (options: { json?: true }) => (await import("./hooks/list.ts")).listHooks(io, options))
  group
    .command("try")
    .description(
      "run the hooks of an event, and show what each says and what would come of it; exit code 1 when one fails"
    )
    .argument("<event>", "PreToolUse, PostToolUse, UserPromptSubmit, Stop, …")
    .option("--tool <name>", "of events about calls: a tool, by our name or Claude Code's")
    .option("--input <json>", "of a call its input; of other events what their hooks are told")
    .option("--json")
    .action(async (event: string, options: { tool?: string; input?: string; json?: true }) =>
      (await import("./hooks/try.ts")).tryHooks(io, event, options)
    )
  return group
}
