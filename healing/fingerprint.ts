/** What makes two failures the same one, over runs and over repairs that move lines about. */
import { createHash } from "node:crypto"
import type { Failure } from "./failure.ts"

/** Twelve characters of 0-9 and a-f. Not of the message, which may carry what the input was, nor of the line. */
export const fingerprintOf = ({ kind, name, code, property, frames }: Failure): string =>
  createHash("sha256")
    .update(JSON.stringify([kind, name, code, property, frames[0]?.file]))
    .digest("hex")
    .slice(0, 12)
