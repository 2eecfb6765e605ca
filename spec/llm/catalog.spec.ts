import { describe, expect, it } from "vitest"
import { lookUp, modelsOf, readCatalog } from "../../llm/catalog/catalog.ts"
import { findProvider, providers } from "../../llm/catalog/providers.ts"
import { check, compact, print, type SourceModel } from "../../llm/catalog/refresh.ts"

const free = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
const sourceModel = (parts: Partial<SourceModel>): SourceModel => ({
  id: "m",
  type: "chat",
  cost: free,
  input: ["text"],
  ...parts
})
const models = (count: number) => ({ p: Object.fromEntries(Array.from({ length: count }, (_, n) => [`m${n}`, {}])) })

describe("providers", () => {
  it("have ids of their own that fit in front of a slash", () => {
    const ids = providers.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[a-z0-9][a-z0-9.-]*$/)
  })

  it("have an address, or are told one, and say where their key comes from", () => {
    for (const { id, baseUrl, env, keyOptional } of providers) {
      if (baseUrl === undefined) expect(id).toMatch(/-compatible$/)
      else expect(baseUrl).toMatch(/^https?:\/\/\S+$/)
      expect(env.length > 0 || keyOptional === true, id).toBe(true)
    }
  })

  it("send keys over the open network encrypted only", () => {
    for (const { baseUrl = "https:" } of providers)
      expect(baseUrl).toMatch(/^(https:|http:\/\/(localhost|127\.0\.0\.1):)/)
  })

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

  it("share only variables that they have", () => {
    for (const { env, sharedEnv = [] } of providers) for (const name of sharedEnv) expect(env).toContain(name)
  })
})

describe("the catalogue", () => {
  it("says where it comes from", () => {
    expect(readCatalog()).toMatchObject({ source: expect.any(String), version: expect.any(String), licence: "MIT" })
    expect(readCatalog().date).toMatch(/^\d{4}-\d\d-\d\d$/)
  })

  it("holds registered providers only", () => {
    for (const id of Object.keys(readCatalog().models)) expect(findProvider(id), id).toBeDefined()
  })

  it("passes its own checks", () => {
    expect(() => check(readCatalog().models, readCatalog().models)).not.toThrow()
  })

  it("knows limits, abilities and rates", () => {
    const entries = Object.entries(readCatalog().models.anthropic ?? {})
    const [name, entry] = entries.find(([, { price, tiers }]) => price?.length === 4 && tiers !== undefined)!
    const [input, output, cacheRead, cacheWrite] = entry.price!
    expect(lookUp("anthropic", name)).toEqual({
      contextWindow: entry.context,
      maxOutput: entry.output,
      price: { input, output, cacheRead, cacheWrite, tiers: [expect.objectContaining({ above: entry.tiers![0]![0] })] },
      images: entry.images === true,
      reasoning: entry.reasoning === true
    })
  })

  it("knows nothing of what is not in it, whatever its name", () => {
    for (const name of ["no-such-model", "__proto__", "constructor"]) {
      expect(lookUp("openai", name)).toEqual({})
      expect(lookUp(name, name)).toEqual({})
      expect(modelsOf(name)).toEqual([])
    }
  })

  it("takes a price of 0 for unknown, unless the name says free", () => {
    const entries = compact([
      sourceModel({ id: "paid" }),
      sourceModel({ id: "gift:free" }),
      sourceModel({ id: "priced", cost: { ...free, input: 1, output: 2 } }),
      sourceModel({ id: "cached", cost: { input: 1, output: 2, cacheRead: 0, cacheWrite: 3 } })
    ])
    expect(entries).toEqual({
      cached: { price: [1, 2, null, 3] },
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
        sourceModel({ type: "image" }),
        sourceModel({ id: "chat", contextWindow: 5, maxTokens: 3, reasoning: true })
      ])
    ).toEqual({
      chat: { context: 5, output: 3, reasoning: true }
    })
  })

  it("is not replaced by data that look broken", () => {
    expect(() => check(models(49), undefined)).toThrow("only 49 models")
    expect(() => check(models(60), models(121))).toThrow("60 models where there were 121")
    expect(() => check(models(60), models(120))).not.toThrow()
  })

  it("is written one model a line, to be compared", () => {
    const catalog = {
      source: "s",
      version: "1",
      date: "2026-01-01",
      author: "a",
      licence: "MIT",
      models: { p: { m: { context: 5 }, n: {} } }
    }
    const text = print(catalog)
    expect(JSON.parse(text)).toEqual(catalog)
    expect(text).toContain('\n"m":{"context":5},\n"n":{}\n')
  })
})
