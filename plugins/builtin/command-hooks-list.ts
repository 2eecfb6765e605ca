/** `/hooks`: which there are, where they come from, what is wrong with some; and those on disk read anew. */
import type { CommandHookSet } from "../command-hooks.ts"
import type { HookBook } from "../command-hooks/book.ts"
import type { PluginCommand } from "../extensions.ts"

/** @param renew Sessions that are open work with what is known now. */
export const hooksCommand = (book: HookBook, renew: () => Promise<void>): PluginCommand => ({
  name: "hooks",
  description: "Commands that are run at events: which, from where, what is wrong with some",
  argument: "[reload]",
  run: async (argument) => {
    const word = argument.trim()
    if (word !== "" && word !== "reload")
      return { show: "`/hooks` lists them, `/hooks reload` reads their files anew." }
    if (word === "") return { show: await overview(await book.all()) }
    const set = await book.again()
    await renew()
    return { show: `Read anew.\n\n${await overview(set)}` }
  }
})

const overview = async ({ hooks, problems }: CommandHookSet): Promise<string> => {
  const { commandOf, problemLine, stateOf, whereOf } = await import("../command-hooks/lines.ts")
  const lines = hooks.map((hook) => {
    const matcher = hook.matcher === "" ? "" : ` ${plain(hook.matcher)}`
    return `- **${hook.event}**${matcher}: ${plain(commandOf(hook))} — ${plain(whereOf(hook.source))} (${plain(stateOf(hook))})`
  })
  const wrong = problems.map((problem) => `- ${plain(problemLine(problem))}`)
  return [
    ...(lines.length === 0 ? ["There are no hooks."] : lines),
    ...(wrong.length === 0 ? [] : ["", "Not as written:", ...wrong])
  ].join("\n")
}

/** A stranger's words are no markup. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>()#|~!]/g, "\\$&")
    .slice(0, 600)
