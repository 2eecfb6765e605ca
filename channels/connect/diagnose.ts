/** Why no connection came about: a WebSocket does not tell, so that the server is asked over HTTP. */
import type { Address } from "./address.ts"

/** Milliseconds. */
const most = 2000

/** @returns a sentence; never rejects. */
export const diagnose = async ({ url, name }: Address): Promise<string> => {
  const health = new URL("/health", url.replace(/^ws/, "http"))
  try {
    const { status } = await fetch(health, { redirect: "manual", signal: AbortSignal.timeout(most) })
    return status === 401 || status === 403
      ? `${name} refuses the connection (HTTP ${status})`
      : `${name} answers (HTTP ${status}), but opens no WebSocket at ${new URL(url).pathname}; is it kintsugi channel websocket?`
  } catch (error) {
    return `nobody answers at ${name} (${codeOf(error)})`
  }
}

/** `fetch` hides the reason in its cause. */
const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "no connection"
  if (error.name === "TimeoutError") return "no answer in time"
  const code: unknown = error.cause instanceof Error ? Reflect.get(error.cause, "code") : undefined
  return typeof code === "string" ? code : "no connection"
}
