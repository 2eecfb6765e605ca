/** `npm run build`: dist/ for embedders, dist/bin/ for the command line. */
import { rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { buildEverything } from "./build/everything.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const kib = (bytes: number) => `${Math.round(bytes / 1024)} KiB`

rmSync(`${root}dist`, { recursive: true, force: true })
const sizes = await buildEverything(root)
if (sizes === undefined) process.exit(1)
console.log(`dist/bin: ${sizes.length} files, ${kib(sizes.reduce((sum, bytes) => sum + bytes, 0))}`)
