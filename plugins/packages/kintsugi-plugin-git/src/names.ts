/** Names of files as git prints them, and which of them the agent may see. */
import { join } from "node:path"
import { PortError, type ToolContext } from "kintsugi/plugin"
import { commandLine } from "./command.ts"
import { run } from "./git.ts"

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "\\": 92 }

/** Undoes what `core.quotePath` does: `"n\303\251w"` is néw. Bytes that are no UTF-8 become U+FFFD. */
export const unquote = (name: string): string => {
  if (!/^".*"$/s.test(name)) return name
  const bytes = [...name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)].map(([, octal, escape, plain]) => {
    if (plain !== undefined) return Buffer.from(plain)
    return Buffer.from([octal === undefined ? (escapes[escape ?? ""] ?? 63) : Number.parseInt(octal, 8)])
  })
  return Buffer.concat(bytes).toString("utf8")
}

/** On one line, and so that a blank at its end is seen. */
export const shown = (name: string): string => (/[\p{Cc}"]|^\s|\s$|^$/u.test(name) ? JSON.stringify(name) : name)

/** A path as it stands, nothing in it a pattern. */
const literal = (path: string): string => `:(literal)${path}`

/** What a call asked for, or everything in its folder; checked, so that nothing outside the allowed paths is shown. */
export const pathsOf = async (
  paths: ReadonlyArray<string> | undefined,
  folder: string | undefined,
  { files, cwd }: ToolContext
): Promise<ReadonlyArray<string>> => {
  if (paths === undefined || paths.length === 0) return ["."]
  const from = folder ?? cwd
  for (const path of paths) await files.resolve(join(from, path))
  return paths.map(literal)
}

/** Files of one answer; nobody reads the changes of more. */
const mostFiles = 5000

/**
 * What to leave out of an answer: files with changes that lie in blocked folders.
 *
 * @param args Of a command that prints names relative to the folder.
 */
export const blockedAmong = async (
  args: ReadonlyArray<string>,
  folder: string | undefined,
  context: ToolContext
): Promise<ReadonlyArray<string>> => {
  const { text, isCut } = await run(commandLine(args), context, { folder, limit: 2_000_000 })
  const names = [...new Set(text.split("\n").filter((line) => line !== ""))].map(unquote)
  if (isCut || names.length > mostFiles)
    throw new PortError("invalid_arguments", `more than ${mostFiles} files differ; ask for some of them with paths`)
  const isOpen = await Promise.all(names.map((name) => mayRead(join(folder ?? context.cwd, name), context)))
  return names.filter((_, n) => !isOpen[n]).map((name) => `:(exclude,literal)${name}`)
}

const mayRead = (path: string, { files }: ToolContext): Promise<boolean> =>
  files.resolve(path).then(
    () => true,
    () => false
  )
