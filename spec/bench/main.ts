/** `npm run bench [-- NAME] [--runs N] [--json]`: runs one bench of this folder, by default `agent`. */
import { globSync } from "node:fs"
import { arch, availableParallelism, loadavg, platform } from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { provideFromSources } from "../from-sources.ts"
import { type Bench, judged, table } from "./bench.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "7" }, json: { type: "boolean", default: false } }
})
const [name = "agent"] = positionals
const runs = Number(values.runs)
const known = globSync("*.bench.ts", { cwd: import.meta.dirname }).map((file) => file.replace(".bench.ts", ""))
if (!known.includes(name) || !Number.isInteger(runs) || runs < 1) {
  console.error(`usage: npm run bench -- [${known.join("|")}] [--runs N] [--json]`)
  process.exit(2)
}

// What else the machine had to do when it began: with more than its cores, the figures are of little worth.
const [load = 0] = loadavg()
provideFromSources()
const { bench } = (await import(`./${name}.bench.ts`)) as { readonly bench: Bench }
const figures = await bench({ root: fileURLToPath(new URL("../..", import.meta.url)), runs }).catch(
  ({ message }: Error) => {
    console.error(message)
    process.exit(1)
  }
)
const machine = `Node ${process.versions.node}, ${platform()} ${arch()}, ${availableParallelism()} cores, load ${load.toFixed(1)}, medians of ${runs} runs`
if (values.json)
  console.log(
    JSON.stringify(
      { bench: name, machine, figures: figures.map((figure) => ({ ...figure, judged: judged(figure) })) },
      null,
      2
    )
  )
else console.log(`${machine}\n\n${table(figures)}`)
