/** `npm run build`: dist/ for embedders, dist/bin/ for the command line. */
import { rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { buildConsole } from "./build/console.ts"
import { buildLibrary } from "./build/library.ts"
import { buildPlaces } from "./build/places.ts"
import { buildProgram } from "./build/program.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const kib = (bytes: number) => `${Math.round(bytes / 1024)} KiB`

rmSync(`${root}dist`, { recursive: true, force: true })
await buildConsole(root)
if (!buildLibrary(root)) process.exit(1)
await buildPlaces(root)
const { outputs } = await buildProgram(root)
const sizes = Object.values(outputs).map(({ bytes }) => bytes)
console.log(`dist/bin: ${sizes.length} files, ${kib(sizes.reduce((sum, bytes) => sum + bytes, 0))}`)
