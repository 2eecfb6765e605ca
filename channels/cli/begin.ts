/** `kintsugi` alone: chat when a model is configured, else the demo and how to configure one. */
import { chatCommand } from "./chat.ts"
import { demoCommand } from "./demo.ts"
import type { Io } from "./io.ts"
import { howToConfigure, prepare } from "./runtime.ts"

export const begin = async (io: Io, version: string): Promise<void> => {
  const { runtime } = await prepare(io, {})
  const isConfigured = runtime.model !== undefined
  await runtime.close()
  if (isConfigured) return chatCommand(io, version, {})
  await demoCommand(io)
  io.stderr.write(`\nNow with a real model: ${howToConfigure}\n`)
}
