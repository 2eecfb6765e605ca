/** What is sent again is sent as it was: providers keep the beginning of a prompt, and charge a tenth for it, until it changes. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { bodies, dialectNames, promptOf, speaking } from "./bodies.ts"
import { ask } from "./fakes.ts"
import { askedSoFar, transcript } from "./transcripts.ts"

const request = {
  ...ask(),
  system: "Be good.",
  tools: ["read_file", "bash"].map((name) => ({
    name,
    description: name,
    parameters: { type: "object", properties: {} }
  })),
  cacheKey: "session"
}

const quirks = { promptCacheKey: true, cacheControl: /./, thinkingBack: "reasoning_content" } as const

describe.each(dialectNames)("%s", (dialect) => {
  it("begins each request with all of the one before it", () => {
    fc.assert(
      fc.property(transcript(speaking(dialect).id, "other/model"), (messages) => {
        const prompts = askedSoFar(messages).map((soFar) =>
          promptOf(bodies[dialect](speaking(dialect, { quirks }), { ...request, messages: soFar }))
        )
        for (const [at, { pieces, rest }] of prompts.entries()) {
          const next = prompts[at + 1]
          if (next === undefined) continue
          expect(next.pieces.slice(0, pieces.length)).toEqual(pieces)
          expect(next.pieces.length).toBeGreaterThan(pieces.length)
          expect(next.rest).toEqual(rest)
        }
      }),
      { numRuns: 30 }
    )
  })
})
