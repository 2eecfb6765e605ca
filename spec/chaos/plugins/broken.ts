/** Plugins that commit the sixteen faults when a call asks for it, and double a number when it does not. */
import { definePlugin, defineTool, type Plugin, type ToolContext } from "../../../plugins/index.ts"
import { type Fault, faults } from "../../actors/hosts/fault-names.ts"
import faulty from "../../actors/hosts/faulty.ts"
import { open } from "./open.ts"

export interface BrokenInput {
  /** Double it and break nothing. */
  readonly n?: number
  /** Answer first, break afterwards. */
  readonly late?: boolean
}

/** Seconds. Running out of heap takes longer than standing still. */
const timeoutOf = (fault: Fault): number => (fault === "heap_exhaustion" ? 8 : 1)

const commit = async (fault: Fault, input: BrokenInput, context: ToolContext) => {
  const tool = faulty.tools?.find(({ name }) => name === fault)
  if (tool === undefined) throw new TypeError(`there is no fault ${fault}`)
  return tool.execute(input, context)
}

/** @param idempotent Whether what breaks may be called again. */
export const broken = (name: string, idempotent: boolean): Plugin =>
  definePlugin({
    name,
    tools: faults.map((fault) =>
      defineTool({
        name: `${name}_${fault}`,
        description: `Double a number, or commit ${fault}.`,
        risk: "read",
        idempotent,
        timeout: timeoutOf(fault),
        input: open<BrokenInput>(),
        execute: (input, context) =>
          input.n === undefined ? commit(fault, input, context) : { success: true, data: input.n * 2 }
      })
    )
  })
