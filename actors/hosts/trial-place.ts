/** A place to try a plugin's code in, made of a child that has nothing in it yet. */
import type { ChildTransport } from "./child.ts"
import { provided } from "./entry-files.ts"
import type { Load } from "./frames.ts"
import type { Limits, TrialPlace } from "./host.ts"
import { closed } from "./opening.ts"
import type { Code } from "./plugin-folder.ts"
import type { Remote } from "./remote.ts"

/** Times that code may be loaded in one place: of each something stays in its memory. */
const mostLoads = 100

const KiB = 1024

/** Tighter than for a plugin's own place: what is tried in here is of unknown make, and small. */
export const trialLimits = (limits: Limits): Limits => ({
  ...limits,
  heap: Math.min(limits.heap, 128),
  memory: Math.min(limits.memory, 384),
  message: Math.min(limits.message, 4 * KiB * KiB),
  output: Math.min(limits.output, 64 * KiB),
  load: Math.min(limits.load, 5000)
})

export const trialPlace = (
  one: Remote,
  transport: ChildTransport,
  { module, root }: Code,
  packages: string | undefined
): TrialPlace => {
  let version = 0
  const base: Omit<Load, "limit" | "version"> = {
    module,
    root,
    provided,
    ...(packages === undefined ? {} : { packages })
  }
  return {
    pid: transport.pid,
    isWorn: () => version >= mostLoads,
    load: (sources, sealedAt) =>
      one.load({ ...base, sources: Object.fromEntries(sources), version: ++version, sealedAt }),
    decode: (tool, input, taskStartedAt) => one.call({ op: "decode", tool, input, taskStartedAt }),
    execute: (tool, input, context) => {
      const { cwd, taskStartedAt } = context
      return one.call({ op: "execute", tool, raw: true, input, cwd, session: "", taskStartedAt }, context)
    },
    ended: one.ended,
    giveUp: (milliseconds) => one.end("hung", `did not answer within ${milliseconds} ms, and was killed`),
    hold: transport.hold,
    close: async () => {
      one.end("closed", closed)
      await transport.gone
    }
  }
}
