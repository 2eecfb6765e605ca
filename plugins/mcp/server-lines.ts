/** How servers are, in words: for the model, for `/mcp` and for `kintsugi mcp list`. */
import type { McpServerView, McpStatus } from "../mcp.ts"

export const statusWords: Readonly<Record<McpStatus, string>> = {
  idle: "not begun yet",
  connecting: "connecting",
  ready: "ready",
  waiting: "not there",
  login: "needs a login",
  disabled: "switched off",
  untrusted: "not trusted, not run",
  broken: "wrongly configured"
}

/** What to do about it; empty when there is nothing. */
export const adviceFor = ({ name, status, retryAt, error = "" }: McpServerView, now: number): string => {
  if (status === "login" && !error.includes("kintsugi mcp login")) return `run \`kintsugi mcp login ${name}\``
  if (status === "untrusted" && !error.includes("kintsugi trust")) return "run `kintsugi trust` in its folder"
  if (status !== "waiting" || retryAt === undefined) return ""
  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1000))
  return `tried again ${seconds === 0 ? "now" : `in ${seconds} s`}`
}

/** `1 tool`, `14 tools`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

/** `everything 2.0.0, protocol 2025-11-25`; empty while nothing is known. */
export const identity = ({ title, version, protocol }: McpServerView): string =>
  [[title, version].filter(Boolean).join(" "), protocol === undefined ? "" : `protocol ${protocol}`]
    .filter((part) => part !== "")
    .join(", ")
