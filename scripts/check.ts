/** `npm run check [-- NAME…]`: types, lint, format and layers, side by side; says what failed and how to mend it. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

interface Check {
  /** Program in node_modules/.bin, then its arguments. */
  readonly command: readonly [program: string, ...args: Array<string>]
  readonly advice: string
}

const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  // Each checker works out for itself what the others know as well: four of them need twice the time of one.
  [
    "types",
    {
      command: ["tsc", "--noEmit", "--declaration", "--checkers", "1", "--pretty", "false"],
      advice: "mend the types"
    }
  ],
  [
    "client",
    { command: ["tsc", "-p", "channels/web/client", "--pretty", "false"], advice: "mend the console's types" }
  ],
  ["lint", { command: ["oxlint", "--deny-warnings"], advice: "npx oxlint --fix mends some" }],
  ["format", { command: ["oxfmt", "--check"], advice: "npm run format mends it" }],
  ["layers", { command: ["vitest", "run", "spec/architecture.spec.ts"], advice: "each line names a file and its rule" }]
])

/** The compiler ends before its collector of garbage, a third of its work, has spared more than a tenth of its memory. */
const env = { ...process.env, GOGC: "off" }

/** @returns whether it passed; what it found goes to standard error. */
const passes = async (name: string): Promise<boolean> => {
  const check = checks.get(name)
  if (check === undefined) {
    console.error(`there is no check ${name}, only ${[...checks.keys()].join(", ")}`)
    return false
  }
  const [program, ...args] = check.command
  const started = performance.now()
  const child = spawn(`${root}node_modules/.bin/${program}`, args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"]
  })
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")])
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (code === 0) console.log(`${name} passed in ${seconds} s`)
  else console.error(`${output}${errors}${name} failed after ${seconds} s; ${check.advice}`)
  return code === 0
}

const names = process.argv.length > 2 ? process.argv.slice(2) : [...checks.keys()]
const results = await Promise.all(names.map(passes))
process.exitCode = results.every(Boolean) ? 0 : 1
