/** `kintsugi hooks list`: those that are found, in the order in which they are asked; what is wrong on standard error. */
import type { CommandHook } from "../../../plugins/command-hooks.ts"
import { commandOf, problemLine, stateOf, whereOf } from "../../../plugins/command-hooks/lines.ts"
import type { Io } from "../io.ts"
import { columns } from "../plugin/columns.ts"
import { oneLine, printable } from "../printable.ts"
import { hooksAround } from "./around.ts"

export const listHooks = async (io: Io, { json }: { readonly json?: true }): Promise<void> => {
  const { hooks, problems } = await hooksAround(io)
  if (json) {
    const wrong = problems.map(({ source, reason, guards }) => ({ path: source.path, reason, guards }))
    io.stdout.write(`${JSON.stringify({ hooks: hooks.map(rowOf), problems: wrong }, null, 2)}\n`)
    return
  }
  if (hooks.length === 0) io.stdout.write("no hooks\n")
  else for (const line of columns(hooks.map(cells))) io.stdout.write(`${line}\n`)
  for (const problem of problems) io.stderr.write(`${printable(oneLine(problemLine(problem), 600))}\n`)
  if (hooks.some(({ source }) => !source.trusted))
    io.stderr.write("Hooks of a folder that is not trusted are not run; to trust this one: kintsugi trust\n")
}

const rowOf = ({ event, matcher, command, args, condition, background, timeout, source }: CommandHook) => ({
  event,
  matcher,
  command,
  ...(args !== undefined && { args }),
  ...(condition !== undefined && { if: condition }),
  ...(background === true && { async: true }),
  timeout,
  source: source.kind,
  path: source.path,
  ...(source.name !== undefined && { name: source.name }),
  trusted: source.trusted
})

const cells = (hook: CommandHook): ReadonlyArray<string> =>
  [hook.event, hook.matcher || "*", oneLine(commandOf(hook), 80), whereOf(hook.source), stateOf(hook)].map((cell) =>
    printable(oneLine(cell, 200))
  )
