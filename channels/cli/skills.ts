/** `kintsugi skills`: which there are, what one says, and whether it keeps to the specification. */
import { Command } from "commander"
import type { Io } from "./io.ts"

export const skillsCommand = (io: Io): Command => {
  const group = new Command("skills").description("list, show and check skills")
  group
    .command("list")
    .description(
      "the skills and commands of this folder, your own and those that come with the program; what is wrong on standard error"
    )
    .option("--json")
    .action(async (options: { json?: true }) => (await import("./skills/list.ts")).listSkills(io, options))
  group
    .command("show")
    .description("what a skill says, what it permits, and its files")
    .argument("<name>")
    .option("--json")
    .action(async (name: string, options: { json?: true }) =>
      (await import("./skills/show.ts")).showSkill(io, name, options)
    )
  group
    .command("validate")
    .description("hold skills to the letter of the Agent Skills specification; exit code 1 when one breaks it")
    .argument("[skills...]", "names, folders, SKILL.md files or commands; default: those of this folder")
    .option("--json")
    .action(async (names: ReadonlyArray<string>, options: { json?: true }) =>
      (await import("./skills/validate.ts")).validateSkills(io, names, options)
    )
  return group
}
