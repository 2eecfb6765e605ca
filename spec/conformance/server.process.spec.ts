import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { describe, expect, it } from "vitest"
import { serveFixture } from "./server-fixture.ts"
import { fixturesNamed, runScenario } from "./server.ts"

describe("the conformance suite's server scenarios", () => {
  it("name nothing that our fixture lacks: a scenario passes hollowly when its tool is missing", async () => {
    const { url, close } = await serveFixture()
    const client = new Client({ name: "spec", version: "1" }, { versionNegotiation: { mode: "auto" } })
    await client.connect(new StreamableHTTPClientTransport(new URL(url)))
    const [{ tools }, { prompts }] = [await client.listTools(), await client.listPrompts()]
    const served = [...tools, ...prompts].map(({ name }) => name)
    const named = fixturesNamed()
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((name) => !served.includes(name))).toEqual([])
    await client.close()
    await close()
  })

  it.each([
    ["2025-11-25", "tools-call-elicitation"],
    ["2026-07-28", "input-required-result-multi-round"]
  ] as const)("are passed (%s, %s; all of them: npm run conformance -- server)", async (revision, scenario) => {
    const { url, close } = await serveFixture()
    expect(await runScenario(url, revision, scenario)).toMatchObject({ failed: 0, warnings: 0, said: "" })
    await close()
  })
})
