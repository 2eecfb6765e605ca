/** The context of a run whose uses of the ports are kept on tape. */
import type { Answer, ToolContext } from "../../plugins/tool.ts"
import type { Healer } from "../healing/healer.ts"
import { taped } from "../healing/tape.ts"
import { lookWith } from "../healing/world.ts"
import { contextFor, type Work } from "./order.ts"

export const recording =
  (plugin: string, healer: Healer) =>
  (work: Work, signal: AbortSignal, ask?: ToolContext["ask"]): ToolContext => {
    const { context, uses, isPartial } = taped(contextFor(plugin, work, signal, ask))
    const { call, batch, raw } = work
    const { cwd, files } = batch.workplace
    const world = { cwd, taskStartedAt: batch.taskStartedAt, look: lookWith(files) }
    work.tape = {
      version: healer.version(),
      call: (answer?: Answer) => ({
        tool: call.name,
        input: raw,
        world: { ...world, uses: uses() },
        isPartial: isPartial(),
        ...(answer === undefined ? {} : { answer })
      })
    }
    return context
  }
