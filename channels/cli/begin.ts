/** `kintsugi` alone: chat when a model is configured, else the demo and how to configure one. */
import { chatIn, settleTrust } from "./chat.ts"
import type { Io } from "./io.ts"
import { howToConfigure, prepare } from "./runtime.ts"

export const begin = async (io: Io, version: string): Promise<void> => {
  await settleTrust(io)
  const prepared = await prepare(io, {})
  if (prepared.runtime.model !== undefined) return chatIn(prepared, io, version)
  await prepared.runtime.close()
  const { demoCommand } = await import("./demo.ts")
  await demoCommand(io)
  io.stderr.write(`\nNow with a real model: ${howToConfigure(prepared.keys, io.env)}\n`)
}
