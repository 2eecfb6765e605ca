/**
 * `kintsugi chat`: the terminal interface.
 *
 * A channel that loses nothing: it lives in the session's process, and every notice becomes part of its state at once;
 * only drawing is bounded, to thirty frames a second. Ink, React and Markdown are loaded when the chat starts, not with
 * this file (about 0.3 s).
 */
import { homedir } from "node:os"
import type { ChatOptions } from "./options.ts"
import { themeOf } from "./text/paint.ts"
import type { Item } from "./view/view.ts"

export type { ChatOptions }

/** @returns when the user has left and the session is closed. @throws when standard input or output is no terminal. */
export const chat = async (options: ChatOptions): Promise<void> => {
  const { stdin, stdout } = process
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new Error('chat needs a terminal on standard input and output; in scripts and pipes use: kintsugi run "task"')
  }
  const theme = themeOf(options.ui.theme, process.env)
  const { run } = process.env.TERM === "dumb" ? await import("./plain.ts") : await loadFull()
  const session = await options.open(options.resume)
  const banner: Item = {
    kind: "banner",
    version: options.version,
    folder: options.elsewhere === undefined ? tilde(options.cwd) : session.view().cwd,
    notes: [...options.notes, ...session.view().notices]
  }
  const id = await run({ options, session, theme, banner, terminal: { stdin, stdout } })
  // A server may call a session anything; this is made to be pasted into a shell.
  if (id !== undefined && /^[\w-]+$/.test(id))
    stdout.write(`\nTo go on with this session: ${options.command ?? "kintsugi chat"} -r ${id}\n`)
}

/** React's development build is slower and keeps a record of every render; which one it is, is decided when it is loaded. */
const loadFull = async () => {
  const before = process.env.NODE_ENV
  process.env.NODE_ENV ??= "production"
  try {
    return await import("./full.ts")
  } finally {
    // The shell commands of the agent must not inherit it, so no session is open meanwhile.
    if (before === undefined) delete process.env.NODE_ENV
  }
}

const tilde = (path: string): string => {
  const home = homedir()
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}
