/**
 * Kintsugi may be an MCP server of Kintsugi, also in one folder, whose `.mcp.json` then leads it to itself. So the definitions by
 * which a process was started go down in its environment, and none of them is started again below: else each would start the next.
 */
import { hash } from "node:crypto"
import type { Environment } from "../folders.ts"
import type { Way } from "./entry.ts"

export const nestingVariable = "KINTSUGI_MCP_WITHIN"

type Command = Extract<Way, { transport: "stdio" }>

const digest = ({ command, args, cwd }: Command): string =>
  hash("sha256", JSON.stringify([command, args, cwd])).slice(0, 16)

const above = (env: Environment): ReadonlyArray<string> => env[nestingVariable]?.split(",") ?? []

export const isNested = (way: Way, env: Environment): boolean =>
  way.transport === "stdio" && above(env).includes(digest(way))

/** What the process of this definition is told. */
export const nesting = (way: Command, env: Environment): Readonly<Record<string, string>> => ({
  [nestingVariable]: [...above(env), digest(way)].join(",")
})
