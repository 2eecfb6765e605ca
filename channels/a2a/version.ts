/** Which version of the protocol a request speaks. */
import type { IncomingMessage } from "node:http"

export const versions = ["1.0", "0.3"] as const

/** @returns major and minor, as they are compared: patch numbers do not count, and without a header it is 0.3. */
export const versionOf = ({ headers, url = "" }: Pick<IncomingMessage, "headers" | "url">): string => {
  const header = headers["a2a-version"]
  const query = new URLSearchParams(url.split("?", 2)[1] ?? "").get("A2A-Version") ?? ""
  const asked = (typeof header === "string" ? header.trim() : "") || query.trim()
  if (asked === "") return "0.3"
  const [, major, minor = "0"] = /^(\d{1,4})(?:\.(\d{1,4}))?(?:\.\d{1,6})?$/.exec(asked) ?? []
  return major === undefined ? "unknown" : `${major}.${minor}`
}

export const isSupported = (version: string): boolean => versions.some((one) => one === version)

export const unsupported = `this version of A2A is not spoken here; there are ${versions.join(" and ")} (header A2A-Version, where none means 0.3)`
