/**
 * A host that may not survive: `PLACE FAULT [DEADLINE]` commits the fault beside a healthy neighbour. It prints `armed`, then `alive`
 * as long as it is, then what it observed. No report, no survivor; its exit code or its silence is the measurement.
 */
import type { Place } from "../../../actors/hosts/host.ts"
import { deadlineOf, observe, openScene } from "./containment.ts"
import type { Fault } from "./fault-names.ts"

const [place, fault, deadline] = process.argv.slice(2) as [Place, Fault, string?]
const scene = await openScene(place)
console.log("armed")
setInterval(() => console.log("alive"), 100).unref()
const seen = await observe(fault, scene, deadline === undefined ? deadlineOf(fault) : Number(deadline))
await scene.close()
console.log(JSON.stringify(seen))
