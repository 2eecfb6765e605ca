/** A temporary folder with the host's ports in it, and built-in tools called as the host calls them. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { builtins } from "../../plugins/builtin/index.ts"
import { exec } from "../../plugins/ports/exec.ts"
import { files } from "../../plugins/ports/files.ts"
import type { Answer, Preview, Tool, ToolContext } from "../../plugins/tool.ts"
import { absentPorts } from "../../plugins/ports/absent.ts"

export interface Workspace extends AsyncDisposable {
  /** Real absolute path of the working folder. */
  readonly cwd: string
  /** A folder beside it, outside of what is allowed. */
  readonly outside: string
  readonly context: ToolContext
  /** What tools showed while they worked. */
  readonly shown: ReadonlyArray<string>
  readonly path: (...parts: ReadonlyArray<string>) => string
  readonly put: (contents: Readonly<Record<string, string | Uint8Array>>) => Promise<void>
  readonly text: (path: string) => string
  /** Decodes, previews and executes. */
  readonly call: (tool: string, input: unknown, more?: Partial<ToolContext>) => Promise<Answer>
  readonly preview: (tool: string, input: unknown) => Promise<Preview>
}

export interface WorkspaceOptions {
  readonly blocked?: ReadonlyArray<string>
  readonly outputLimit?: number
  readonly tools?: ReadonlyArray<Tool>
}

export const workspace = async ({
  blocked = [],
  outputLimit = 50_000,
  tools
}: WorkspaceOptions = {}): Promise<Workspace> => {
  const base = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-tools-")))
  const [cwd, outside, spillFolder] = [join(base, "work"), join(base, "outside"), join(base, "outputs")]
  for (const folder of [cwd, outside]) await mkdir(folder)
  const shown: Array<string> = []
  const context: ToolContext = {
    signal: new AbortController().signal,
    progress: (text) => shown.push(text),
    log: () => {},
    cwd,
    files: files({ cwd, allowed: ["./"], blocked, readable: [spillFolder] }),
    exec: exec({ cwd, outputLimit, spillFolder }),
    fetch,
    ...absentPorts,
    taskStartedAt: Date.now()
  }
  const find = (name: string): Tool => {
    const tool = (tools ?? builtins().flatMap((plugin) => plugin.tools ?? [])).find((one) => one.name === name)
    if (tool === undefined) throw new Error(`there is no tool ${name}`)
    return tool
  }
  const decode = async (tool: Tool, input: unknown): Promise<unknown> => {
    const decoded = await tool.decode(input)
    if ("problems" in decoded) throw new Error(decoded.problems)
    return decoded.input
  }
  const path = (...parts: ReadonlyArray<string>) => join(cwd, ...parts)
  return {
    cwd,
    outside,
    context,
    shown,
    path,
    put: async (contents) => {
      for (const [name, content] of Object.entries(contents)) {
        await mkdir(dirname(path(name)), { recursive: true })
        await writeFile(path(name), content)
      }
    },
    text: (name) => readFileSync(path(name), "utf8"),
    call: async (name, input, more) => {
      const tool = find(name)
      return tool.execute(await decode(tool, input), { ...context, ...more })
    },
    preview: async (name, input) => {
      const tool = find(name)
      return tool.preview(await decode(tool, input), context)
    },
    [Symbol.asyncDispose]: async () => {
      await context.exec.close()
      await rm(base, { recursive: true, force: true })
    }
  }
}
