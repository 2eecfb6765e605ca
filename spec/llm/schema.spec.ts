/** What we ask OpenAI's dialects for, held against what OpenAI publishes. It proves the form of requests, not that they are liked. */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import type { Way } from "../../llm/catalog/provider.ts"
import { providers } from "../../llm/catalog/providers.ts"
import type { Quirks } from "../../llm/dialects/dialect.ts"
import type { Effort, ModelRequest } from "../../llm/model.ts"
import { bodies, speaking } from "./bodies.ts"
import { published, type Published } from "./openai-schema.ts"
import { toolSchema } from "./tool-schemas.ts"
import { transcript } from "./transcripts.ts"

const requests = (...models: ReadonlyArray<string>): fc.Arbitrary<ModelRequest> =>
  fc.record(
    {
      system: fc.constantFrom("", "Be good."),
      messages: transcript(...models),
      tools: fc.array(
        toolSchema.map(({ schema }) => ({ name: "read_file", description: "Reads.", parameters: schema })),
        { maxLength: 2 }
      ),
      temperature: fc.constantFrom(0, 1),
      maxTokens: fc.integer({ min: 16, max: 100_000 }),
      reasoning: fc.constantFrom<Effort>("none", "low", "medium", "high"),
      cacheKey: fc.constant("session")
    },
    { requiredKeys: ["system", "messages", "tools"] }
  )

/** Those that OpenAI itself has. */
const own: fc.Arbitrary<Quirks> = fc.constantFrom<Quirks>(
  {},
  { developerRole: true, effort: "reasoning_effort", promptCacheKey: true },
  { strictTools: true, noTemperature: true },
  { toolSchema: "subset", needsTools: true, noStreamUsage: true, emptyContent: true }
)

const openai = { baseUrl: "https://api.openai.com/v1" }

describe.each([
  ["openai-chat", "CreateChatCompletionRequest", "messages"],
  ["openai-responses", "CreateResponse", "input"]
] as const)("%s", (dialect, name, conversation) => {
  let schema: Published
  beforeAll(async () => {
    schema = await published(name)
  })

  const check = (kind: keyof Published, body: unknown): void => {
    // As it leaves: what is undefined is not sent.
    const sent: unknown = JSON.parse(JSON.stringify(body))
    expect(schema[kind](sent), JSON.stringify([schema[kind].errors?.slice(0, 5), sent])).toBe(true)
  }

  it("asks in the published form, and for nothing that is not published", () => {
    // State of its own model is known to Responses alone; in Chat Completions it is other providers'.
    const models = dialect === "openai-chat" ? ["other/model"] : ["other/model", speaking(dialect).id]
    fc.assert(
      fc.property(requests(...models), own, (request, quirks) => {
        check("closed", bodies[dialect](speaking(dialect, { ...openai, quirks }), request))
      }),
      { numRuns: 100 }
    )
  })

  const ways = providers.flatMap((provider): ReadonlyArray<Pick<Way, "dialect" | "quirks">> => [
    provider,
    ...(provider.routes ?? []).map((route) => ({ dialect: provider.dialect, ...route }))
  ])
  const spoken = [...new Set(ways.filter((way) => way.dialect === dialect).map(({ quirks = {} }) => quirks))]

  it("differs from it in more fields, never in other ones, for whatever provider", () => {
    expect(spoken.length).toBeGreaterThan(1)
    fc.assert(
      fc.property(requests("other/model", speaking(dialect).id), fc.constantFrom(...spoken), (request, quirks) => {
        check("open", bodies[dialect](speaking(dialect, { quirks }), request))
      }),
      { numRuns: 100 }
    )
  })

  it("would be told from a request in another form", () => {
    const body = bodies[dialect](speaking(dialect), { system: "", messages: [], tools: [] })
    check("closed", { ...body, [conversation]: [{ role: "user", content: "hi" }] })
    expect(schema.closed({ ...body, [conversation]: [{ role: "user", content: [{ type: "picture" }] }] })).toBe(false)
    expect(schema.closed({ ...body, invented: 1 })).toBe(false)
    expect(schema.open({ ...body, temperature: "warm" })).toBe(false)
    expect(schema.open({ ...body, [conversation]: [{ role: "wizard", content: "hi" }] })).toBe(false)
  })
})
