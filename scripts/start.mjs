/** `npm start -- ARGS`: kintsugi from its sources, in the folder where npm was called. */
import { fileURLToPath } from "node:url"
import { become, ensureInstalled, findNode } from "./install.mjs"

await ensureInstalled()
const main = fileURLToPath(new URL("../channels/cli/bin.ts", import.meta.url))
become(findNode(), [main, ...process.argv.slice(2)], { cwd: process.env.INIT_CWD ?? process.cwd() })
