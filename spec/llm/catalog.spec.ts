import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { entriesOf, lookUp, modelsOf, sources } from "../../llm/catalog/catalog.ts"
import { providers } from "../../llm/catalog/providers.ts"
import { check, combine, print } from "../../llm/catalog/refresh.ts"
import { atServer, compact, type SourceModel } from "../../llm/catalog/refresh-sources.ts"

const free = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
const sourceModel = (parts: Partial<SourceModel>): SourceModel => ({
  id: "m",
  type: "chat",
  cost: free,
  input: ["text"],
  ...parts
})
const named = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`m${n}`, {}]))
const models = (count: number) => ({ p: named(count) })
const text = readFileSync(new URL("../../llm/catalog/models.jsonl", import.meta.url), "latin1")
/** As parsed whole, which the program never does. */
const [header, ...lines] = text
  .trimEnd()
  .split("\n")
  .map((line): unknown => JSON.parse(line))

describe("providers", () => {
  it("choose by themselves only models that the catalogue knows, with limits and price", () => {
    for (const { id, defaultModel } of providers) {
      if (defaultModel === undefined) continue
      expect(modelsOf(id)).toContain(defaultModel)
      expect(lookUp(id, defaultModel)).toMatchObject({
        contextWindow: expect.any(Number),
        price: { input: expect.any(Number) }
      })
    }
  })
})

describe("the catalogue", () => {
  it("says where it comes from", () => {
    expect(sources()).toEqual(header)
    expect(sources().length).toBeGreaterThan(0)
    for (const source of sources())
      expect(source).toEqual({
        source: expect.stringMatching(/./),
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        author: expect.stringMatching(/./),
        licence: "MIT"
      })
  })

  it("has the models of Fireworks under the names that are asked for there", () => {
    const names = [...modelsOf("fireworks"), ...modelsOf("firepass")]
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) expect(name).toMatch(/^accounts\/fireworks\/(models|routers)\/[^/.]+$/)
    const wire = (provider: string, id: string) =>
      atServer(provider, { [id]: sourceModel({ id }) }).map((one) => one.id)
    expect(wire("fireworks", "kimi-k2.7-code")).toEqual(["accounts/fireworks/models/kimi-k2p7-code"])
    expect(wire("fireworks", "glm-5.2-fast")).toEqual(["accounts/fireworks/routers/glm-5p2-fast"])
    expect(wire("firepass", "kimi-k3-fast")).toEqual(["accounts/fireworks/routers/kimi-k3-fast"])
    expect(wire("other", "glm-5.2-fast")).toEqual(["glm-5.2-fast"])
  })

  it("finds in its lines what is in them, and nothing else", () => {
    const found = providers.flatMap(({ id }) =>
      Object.entries(entriesOf(id)).map(([name, entry]) => [`${id}/${name}`, entry])
    )
    const byId = (one: unknown, other: unknown) => (String(one) < String(other) ? -1 : 1)
    expect(found.toSorted(byId)).toEqual(lines.toSorted(byId))
    expect(new Set(found.map(([id]) => id)).size).toBe(found.length)
  })

  it("is plain ASCII, one model a line, so that nothing but the line that is asked for need be read", () => {
    expect(text).toMatch(/^[\n -~]+$/)
    expect(text.endsWith("\n")).toBe(true)
  })

  it("takes every id of a model apart at its first slash", () => {
    const name = modelsOf("openrouter").find((one) => one.includes("/"))!
    expect(lookUp("openrouter", name).contextWindow).toBe(entriesOf("openrouter")[name]?.context)
    expect(lookUp("openrouter", name.slice(0, -1))).toEqual({})
    expect(lookUp("openrout", `er/${name}`)).toEqual({})
    expect(modelsOf("openrout")).toEqual([])
  })

  it("passes its own checks", () => {
    const all = Object.fromEntries(providers.map(({ id }) => [id, entriesOf(id)]))
    expect(() => check(all, all)).not.toThrow()
  })

  it("knows limits, abilities and rates", () => {
    const entries = Object.entries(entriesOf("anthropic"))
    const [name, entry] = entries.find(([, { price, tiers }]) => price?.length === 4 && tiers !== undefined)!
    const [input, output, cacheRead, cacheWrite] = entry.price!
    expect(lookUp("anthropic", name)).toEqual({
      contextWindow: entry.context,
      maxOutput: entry.output,
      price: { input, output, cacheRead, cacheWrite, tiers: [expect.objectContaining({ above: entry.tiers![0]![0] })] },
      images: entry.images === true,
      reasoning: entry.reasoning === true,
      tools: true
    })
  })

  it("knows that a model takes no images or does not reason where it says neither", () => {
    const [name] = Object.entries(entriesOf("openai")).find(([, { images, reasoning }]) => !images && !reasoning)!
    expect(lookUp("openai", name)).toMatchObject({ images: false, reasoning: false })
  })

  it("knows nothing of what is not in it, whatever its name", () => {
    for (const name of ["no-such-model", "__proto__", "constructor", "", '"', "\n", "\\"]) {
      expect(lookUp("openai", name)).toEqual({})
      expect(lookUp(name, name)).toEqual({})
      expect(modelsOf(name)).toEqual([])
    }
  })
})

describe("made anew, it", () => {
  it("takes a price of 0 for unknown, unless the name says free", () => {
    const entries = compact([
      sourceModel({ id: "paid" }),
      sourceModel({ id: "gift:free" }),
      sourceModel({ id: "priced", cost: { ...free, input: 1, output: 2 } }),
      sourceModel({ id: "computed", cost: { ...free, input: 0.1 + 0.2, output: 2 } }),
      sourceModel({ id: "cached", cost: { input: 1, output: 2, cacheRead: 0, cacheWrite: 3 } })
    ])
    expect(entries).toEqual({
      cached: { price: [1, 2, null, 3] },
      computed: { price: [0.3, 2] },
      "gift:free": { price: [0, 0] },
      paid: {},
      priced: { price: [1, 2] }
    })
  })

  it("keeps the rates of long prompts by rising length", () => {
    const tiers = [200, 100].map((inputTokensAbove) => ({
      ...free,
      inputTokensAbove,
      input: inputTokensAbove,
      output: 1
    }))
    const { m } = compact([sourceModel({ cost: { ...free, input: 1, output: 1, tiers } })])
    expect(m?.tiers).toEqual([
      [100, 100, 1],
      [200, 200, 1]
    ])
  })

  it("leaves out what does not chat", () => {
    expect(
      compact([
        sourceModel({ id: "i", type: "image" }),
        sourceModel({ id: "e", kind: "embedding" }),
        sourceModel({ id: "s", input: ["audio"] }),
        sourceModel({ id: "chat", contextWindow: 5, maxTokens: 3, reasoning: true, supportsTools: false }),
        sourceModel({ id: "sees", contextWindow: null, input: ["text", "image"] })
      ])
    ).toEqual({
      chat: { context: 5, output: 3, reasoning: true, tools: false },
      sees: { images: true }
    })
  })

  it("takes of two sources the first, fills its gaps from the second, and both names of a provider", () => {
    const first = { vercel: { both: { context: 1, tools: true } }, other: { left: {} } }
    const second = {
      vercel: {
        both: { context: 2, output: 3, price: [1, 2] as const, tiers: [[9, 3, 4]] as const, images: true as const }
      },
      "vercel-ai-gateway": { more: { price: [5, 6] as const } }
    }
    expect(combine([first, second], [{ id: "vercel" }, { id: "unknown" }])).toEqual({
      vercel: {
        both: { context: 1, output: 3, price: [1, 2], tiers: [[9, 3, 4]], tools: true },
        more: { price: [5, 6] }
      }
    })
    const priced = { vercel: { both: { price: [7, 8] as const } } }
    expect(combine([priced, second], [{ id: "vercel" }]).vercel?.both).toEqual({ context: 2, output: 3, price: [7, 8] })
  })

  it("is not replaced by data that look broken", () => {
    expect(() => check(models(49), {})).toThrow("only 49 models")
    expect(() => check(models(60), models(121))).toThrow("60 models where there were 121")
    expect(() => check(models(60), models(120))).not.toThrow()
    expect(() => check({ ...models(60), q: named(2) }, { ...models(60), q: named(10) })).toThrow("2 models of q where")
  })

  it("is written one model a line, to be compared", () => {
    const source = { source: "s", version: "1", date: "2026-01-01", author: "Ä", licence: "MIT" }
    const written = print([source], { p: { "m/1": { tools: false, context: 5 }, n: {} } })
    expect(written.split("\n").slice(1)).toEqual([`["p/m/1",{"context":5,"tools":false}]`, `["p/n",{}]`, ""])
    expect(written.split("\n")[0]).toContain(String.raw`"author":"\u00c4"`)
    expect(JSON.parse(written.split("\n", 1)[0]!)).toEqual([source])
  })
})
