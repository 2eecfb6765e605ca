/**
 * The Agent Client Protocol, version 1, for one editor on a pair of streams. What an editor asks is answered whatever becomes of its
 * other sessions; when it leaves, what runs is stopped and answered, and everything is closed.
 */
import type { ClientCapabilities } from "@agentclientprotocol/sdk"
import { appOf, type AppParts } from "./app.ts"
import { type DeskParts, openDesk } from "./desk.ts"
import { errorOf } from "./errors.ts"
import { type OpenPlace, openPlaces, type Places } from "./places.ts"
import { type Output, wireOver } from "./stdio.ts"

export interface AcpParts
  extends
    Pick<AppParts, "version" | "isReady" | "howToLogin" | "login">,
    Pick<DeskParts, "journal" | "forget" | "models" | "log"> {
  readonly input: NodeJS.ReadableStream
  readonly output: Output
  /** Makes the runtime of a folder. */
  readonly open: OpenPlace
}

export interface Acp {
  /** Resolves when the editor has left and all is closed. Never rejects. */
  readonly ended: Promise<void>
  /** Ends it as if the editor had left. */
  readonly stop: () => void
  readonly places: Pick<Places, "runtimes">
}

/** Milliseconds that what was cancelled has to be answered, and sessions have to close, when the editor leaves. */
const lastWords = 5000

export const serveAcp = (parts: AcpParts): Acp => {
  const wire = wireOver(parts.input, parts.output)
  const places = openPlaces(parts.open)
  /** Requests that are not answered yet. */
  const running = new Set<Promise<unknown>>()
  let capabilities: ClientCapabilities = {}

  const answered: AppParts["answered"] = (act) => async (asked) => {
    const answering = (async () => act(asked))()
    running.add(answering)
    try {
      return await answering
    } catch (error) {
      parts.log(`acp: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      throw errorOf(error)
    } finally {
      running.delete(answering)
    }
  }

  const desk = openDesk({ ...parts, places, capabilities: () => capabilities, client: () => connection.client })
  const connection = appOf({ ...parts, desk, answered, onCapabilities: (told) => void (capabilities = told) }).connect(
    wire.stream
  )
  const stopped = Promise.withResolvers<"stopped">()

  const end = async (): Promise<void> => {
    const why = await Promise.race([wire.ended, stopped.promise])
    desk.cancelAll()
    if (why !== "output") await within(lastWords, Promise.allSettled(running))
    await within(lastWords, desk.closeAll())
    // An answer is written behind what was told before it.
    await new Promise(setImmediate)
    connection.close()
    await places.close()
    wire.close()
  }
  return {
    ended: end().catch((error: unknown) => parts.log(`acp: ${String(error)}`)),
    stop: () => stopped.resolve("stopped"),
    places
  }
}

const within = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, milliseconds)
  await Promise.race([work, late.promise])
  clearTimeout(timer)
}
