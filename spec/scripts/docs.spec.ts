import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { providers } from "../../llm/catalog/providers.ts"
import { providersPage } from "../../scripts/docs.ts"

describe("docs/providers.md", () => {
  it("says what the registry says; npm run docs writes it anew", () => {
    expect(readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8")).toBe(providersPage())
  })

  it("has one row for each provider, of six cells", () => {
    const rows = providersPage()
      .split("\n")
      .filter((line) => line.startsWith("| `"))
    expect(rows).toHaveLength(providers.length)
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(8)
  })
})
