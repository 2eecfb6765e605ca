/** `kintsugi agents`: which there are, what one is told and may, and whether its file keeps to the format. */
import { Command } from "commander"
import type { Io } from "./io.ts"

export const agentsCommand = (io: Io): Command => {
  const group = new Command("agents").description("list, show and check agents that are written down as Markdown")
  group
    .command("list")
    .description("the agents of this folder, your own and those of plugins; what is wrong on standard error")
    .option("--json")
    .action(async (options: { json?: true }) => (await import("./agents/list.ts")).listAgents(io, options))
  group
    .command("show")
    .description("what an agent is told, and what it may do")
    .argument("<name>")
    .option("--json")
    .action(async (name: string, options: { json?: true }) =>
      (await import("./agents/show.ts")).showAgent(io, name, options)
    )
  group
    .command("validate")
    .description("hold agents to the letter of the format; exit code 1 when one breaks it")
    .argument("[agents...]", "names or files; default: those of this folder")
    .option("--json")
    .action(async (names: ReadonlyArray<string>, options: { json?: true }) =>
      (await import("./agents/validate.ts")).validateAgents(io, names, options)
    )
  return group
}
