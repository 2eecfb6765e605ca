/**
 * A host that may not survive: `PLACE FAULT` commits the fault beside a healthy neighbour. It prints `armed`, then `alive`
 * as long as it is, then what it observed. No report, no survivor; its exit code or its silence is the measurement.
 */
import type { Place } from "../../../actors/hosts/host.ts"
import { observe } from "./containment.ts"
import { openFixture } from "./containment-place.ts"
import type { Fault } from "./faulty.ts"

const [place, fault] = process.argv.slice(2) as [Place, Fault]
const neighbour = await openFixture("healthy", place)
console.log("armed")
setInterval(() => console.log("alive"), 100).unref()
const seen = await observe(fault, place, neighbour)
await neighbour.close()
console.log(JSON.stringify(seen))
