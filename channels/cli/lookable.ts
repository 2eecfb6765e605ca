/** Lets `kintsugi top` look at this process, from the time on when it has better things to do than to start. */
import { homeOf } from "../../actors/folders.ts"
import type { HealthSource } from "../health/handler.ts"
import type { Served } from "../health/serve.ts"
import type { Io } from "./io.ts"

export interface Lookable {
  readonly close: () => void
}

/** Milliseconds; by then the first request to the model is on its way, and what is shorter nobody looks at. */
const delay = 1000

/** Costs a timer; all else is loaded when it fires. A process that cannot be looked at works all the same. */
export const lookable = (io: Io, source: HealthSource): Lookable => {
  let served: Served | undefined
  let isClosed = false
  const open = async (): Promise<void> => {
    const { serveHealth } = await import("../health/serve.ts")
    const { socketFolders } = await import("../health/sockets.ts")
    served = await serveHealth(source, socketFolders({ env: io.env, home: homeOf(io.env) }))
    if (isClosed) served.close()
  }
  const complain = (error: unknown): void => {
    if (io.env.KINTSUGI_DEBUG !== undefined) io.stderr.write(`health: ${String(error)}\n`)
  }
  const timer = setTimeout(() => void open().catch(complain), delay).unref()
  return {
    close: () => {
      isClosed = true
      clearTimeout(timer)
      served?.close()
    }
  }
}
