/** `run.mjs NAME ARGS`: a script of this project (a path ending in .ts) or a program of node_modules/.bin, on the project's Node. */
import { delimiter, dirname } from "node:path"
import { become, bin, ensureInstalled, findNode } from "./install.mjs"

await ensureInstalled()
const [name, ...args] = process.argv.slice(2)
const node = findNode()
const env = { ...process.env, PATH: [bin, dirname(node), process.env.PATH].join(delimiter) }
if (name.endsWith(".ts")) become(node, [name, ...args], { env })
else become(`${bin}/${name}${process.platform === "win32" ? ".cmd" : ""}`, args, { env })
