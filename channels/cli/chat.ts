/** `kintsugi chat`: hands the runtime to the terminal interface, which is loaded only here. */
import { CliError, type Io } from "./io.ts"
import { lookable } from "./lookable.ts"
import { listModels } from "./models.ts"
import { type AgentOptions, prepare, type Prepared, requireModel, resumed } from "./runtime.ts"

export const chatCommand = async (io: Io, version: string, options: AgentOptions): Promise<void> =>
  chatIn(await prepare(io, options), io, version, resumed(options))

/** @param resume Session to go on with; absent: a new one, which needs a model. */
export const chatIn = async (prepared: Prepared, io: Io, version: string, resume?: string): Promise<void> => {
  const { runtime, settings, notices, cwd } = prepared
  const looked = lookable(io, runtime)
  try {
    if (!io.stdin.isTTY || !io.stdout.isTTY) {
      throw new CliError(2, 'chat needs a terminal; in scripts and pipes use: kintsugi run "task"')
    }
    const model = resume === undefined ? requireModel(prepared) : undefined
    const { chat } = await import("../terminal/chat.ts")
    await chat({
      open: (id) => runtime.open({ resume: id }),
      resume,
      sessions: () => runtime.journal.list({ cwd, limit: 50 }),
      models: async () => listModels(io.env),
      health: runtime.health,
      heals: runtime.heals,
      ui: settings.ui,
      notes: [...notices, ...(model === undefined ? [] : [`model: ${model.id} (${model.reason})`])],
      version,
      cwd
    })
  } finally {
    await runtime.close()
    looked.close()
  }
}
