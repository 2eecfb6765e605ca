/** `kintsugi chat`: hands the runtime to the terminal interface, which is loaded only here. */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { blindness } from "./blindness.ts"
import { CliError, type Io } from "./io.ts"
import { lookable } from "./lookable.ts"
import { listModels } from "./models.ts"
import { sortFlags } from "./plugin-flags.ts"
import { type AgentOptions, prepare, type Prepared, requireModel, resumed } from "./runtime.ts"

export const chatCommand = async (io: Io, version: string, options: AgentOptions): Promise<void> => {
  await settleTrust(io, options.cd)
  await chatIn(await prepare(io, options), io, version, resumed(options))
}

/** Asks what must be known before anything of the folder is loaded. Nothing is asked where nobody can answer. */
export const settleTrust = async (io: Io, folder = "."): Promise<void> => {
  const cwd = resolve(io.cwd, folder)
  const mayWantTrust = [".kintsugi", ".claude", ".agents", ".mcp.json", ".env"].some((name) =>
    existsSync(join(cwd, name))
  )
  if (!mayWantTrust || !io.stdin.isTTY || !io.stdout.isTTY) return
  await (await import("./trust-question.ts")).askForTrust(io, cwd)
}

/** @param resume Session to go on with; absent: a new one, which needs a model. */
export const chatIn = async (prepared: Prepared, io: Io, version: string, resume?: string): Promise<void> => {
  const { runtime, settings, notices, cwd } = prepared
  const looked = lookable(io, runtime)
  try {
    if (!io.stdin.isTTY || !io.stdout.isTTY) {
      throw new CliError(2, 'chat needs a terminal; in scripts and pipes use: kintsugi run "task"')
    }
    const model = resume === undefined ? requireModel(prepared, io) : undefined
    const { clashes } = sortFlags(runtime.plugins.flags())
    const { chat } = await import("../terminal/chat.ts")
    await chat({
      open: (id, from) => runtime.open({ resume: id, from }),
      resume,
      sessions: () => runtime.journal.list({ cwd, limit: 50 }),
      models: () => listModels({ ...io, cwd }),
      plugins: runtime.plugins,
      health: runtime.health,
      heals: runtime.heals,
      release: runtime.close,
      ui: settings.ui,
      blindness: (view, content) => blindness(view, content, settings.llm),
      notes: [...notices, ...clashes, ...(model === undefined ? [] : [`model: ${model.id} (${model.reason})`])],
      version,
      cwd
    })
  } finally {
    await runtime.close()
    looked.close()
  }
}
