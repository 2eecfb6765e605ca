/** A real terminal for specs: tmux without its status line, on a socket of its own. */
import { execFile, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { setTimeout as pause } from "node:timers/promises"
import { promisify } from "node:util"

export const hasTmux = spawnSync("tmux", ["-V"]).status === 0

export interface Window extends AsyncDisposable {
  /** Key names as tmux knows them (`Enter`, `C-c`, `BTab`), or text. */
  readonly keys: (...keys: ReadonlyArray<string>) => Promise<void>
  readonly type: (text: string) => Promise<void>
  readonly paste: (text: string) => Promise<void>
  /** What is seen, without empty rows at the end; `history` adds what scrolled away. */
  readonly look: (history?: "history") => Promise<string>
  /** Looks until it is seen. A screen that never shows it fails the spec with what it showed instead. */
  readonly until: (part: string | RegExp) => Promise<string>
  readonly resize: (columns: number, rows: number) => Promise<void>
  readonly format: (text: string) => Promise<string>
  /** Process id of the program that runs in it. */
  readonly child: () => Promise<number | undefined>
}

export interface WindowOptions {
  readonly columns: number
  readonly rows: number
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** @param command run by a shell. */
export const openWindow = async (command: string, { columns, rows, cwd, env }: WindowOptions): Promise<Window> => {
  const socket = `kintsugi-${randomUUID()}`
  const exec = promisify(execFile)
  const { TMUX: _, ...outside } = process.env
  const tmux = async (...args: ReadonlyArray<string>): Promise<string> =>
    (await exec("tmux", ["-L", socket, "-f", "/dev/null", ...args], { env: { ...outside, ...env }, maxBuffer: 1e8 }))
      .stdout
  await tmux(
    "new-session",
    "-d",
    "-x",
    `${columns}`,
    "-y",
    `${rows}`,
    "-c",
    cwd,
    command,
    ";",
    "set",
    "-g",
    "status",
    "off",
    ";",
    "set",
    "-g",
    "history-limit",
    "50000"
  )
  const look: Window["look"] = async (history) =>
    (await tmux("capture-pane", "-p", ...(history === undefined ? [] : ["-S", "-"]))).trimEnd()
  return {
    keys: async (...keys) => void (await tmux("send-keys", ...keys)),
    type: async (text) => void (await tmux("send-keys", "-l", text)),
    paste: async (text) => {
      await tmux("set-buffer", text)
      await tmux("paste-buffer", "-p")
    },
    look,
    until: async (part) => {
      const deadline = Date.now() + 30_000
      for (;;) {
        const seen = await look()
        if (typeof part === "string" ? seen.includes(part) : part.test(seen)) return seen
        if (Date.now() > deadline) throw new Error(`the screen never showed ${part}:\n${seen}`)
        await pause(30)
      }
    },
    resize: async (width, height) => void (await tmux("resize-window", "-x", `${width}`, "-y", `${height}`)),
    format: async (text) => (await tmux("display", "-p", text)).trim(),
    child: async () => childOf(Number(await tmux("display", "-p", "#{pane_pid}"))),
    [Symbol.asyncDispose]: async () => {
      const program = childOf(Number(await tmux("display", "-p", "#{pane_pid}").catch(() => "0")))
      await tmux("kill-server").catch(() => "")
      // It still tidies up in the folder that is removed next.
      const deadline = Date.now() + 5000
      while (program !== undefined && existsSync(`/proc/${program}`) && Date.now() < deadline) await pause(20)
    }
  }
}

/** The process that a shell waits for. */
const childOf = (shell: number): number | undefined => {
  const list = `/proc/${shell}/task/${shell}/children`
  const [child] = existsSync(list) ? readFileSync(list, "utf8").trim().split(" ") : []
  return child === undefined || child === "" ? undefined : Number(child)
}
