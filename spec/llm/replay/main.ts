/** `npm run replay [-- --json]`: all recorded exchanges through our adapters; exit 0 when all say what was recorded. */
import { parseArgs } from "node:util"
import { isRecorded } from "./recordings.ts"
import { pageOf, replayAll } from "./tally.ts"

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } })

if (isRecorded) {
  const tally = await replayAll()
  console.log(values.json ? JSON.stringify(tally, null, 2) : pageOf(tally))
  process.exitCode = tally.different.length === 0 ? 0 : 1
} else {
  console.error(
    "nothing to replay: the recorded exchanges are not part of the project and are looked for in ../shared/wire-fixtures"
  )
  process.exitCode = 2
}
