/** Times for people. */
import { ago as since, elapsed } from "../../../numbers.ts"

/** How long something took. */
export const took = elapsed

/** How long ago something was. Both in milliseconds since the Unix epoch. */
export const ago = (at: number, now: number): string => since(Math.max(0, now - at))
