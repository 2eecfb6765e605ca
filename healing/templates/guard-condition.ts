/** `?.` where the code around it already knows what to do with nothing: in a condition, before a default, in a statement by itself. */
import type { Template } from "../template.ts"
import { chainAround, hasOwnDefault, isDiscarded, isQuestion, makeOptional, mayBeOptional } from "./chain.ts"
import { fills, readingAt } from "./reading.ts"

export const guardCondition: Template = {
  name: "guard-condition",
  tier: "B",
  treats: ({ said, property }) => said.startsWith("Cannot read properties of ") && !fills(property),
  *propose(site) {
    const reading = readingAt(site)
    if (reading === undefined || !mayBeOptional(reading)) return
    const chain = chainAround(reading.member)
    // The author has said what becomes of nothing there: nothing is made up.
    const isKnown = hasOwnDefault(reading.member) || isQuestion(chain)
    if (!isKnown && !isDiscarded(chain)) return
    yield {
      tier: isKnown ? "A" : "B",
      what: `reads "${site.failure.property}" only where "${reading.text}" is there`,
      apply: () => makeOptional(reading)
    }
  }
}
