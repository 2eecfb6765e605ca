import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { chat } from "../../llm/dialects/speakers.ts"
import { wireServer } from "../../llm/wire-server.ts"
import { kintsugi, place } from "../../program.ts"

const usage = { input: 1_000_000, output: 500_000, cacheRead: 0, cacheWrite: 0 }

describe("a provider that an installed plugin registers", () => {
  it("serves run, and then stands among the models and providers, marked with its plugin", async () => {
    await using at = await place()
    await using server = await wireServer()
    server.answer = { body: chat.say({ text: "hello from acme", usage }) }
    const folder = join(at.home, ".config/kintsugi/plugins")
    await mkdir(folder, { recursive: true })
    const provider = {
      id: "acme",
      name: "Acme",
      baseUrl: `${server.url}/v1`,
      dialect: "openai-chat",
      env: ["ACME_KEY"],
      models: [{ id: "one", contextWindow: 32_000, price: { input: 3, output: 2 } }, { id: "two" }]
    }
    const providers = JSON.stringify([provider, { ...provider, id: "openai" }])
    await writeFile(join(folder, "acme.ts"), `export default { name: "acme", registerProviders: () => ${providers} }`)
    const env = { ACME_KEY: "its own" }

    const run = await kintsugi(at, ["run", "-m", "acme/one", "--output", "json", "hi"], { env })
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("its provider openai is not used") })
    expect(JSON.parse(run.stdout)).toMatchObject({ final_answer: "hello from acme", cost: 4 })

    const said = async (...args: ReadonlyArray<string>) => (await kintsugi(at, args, { env })).stdout
    expect((await said("models")).trimEnd().split("\n")).toEqual([
      "acme/one  32k  $3 in, $2 out per million tokens  from plugin acme",
      "acme/two  price unknown  from plugin acme"
    ])
    expect(JSON.parse(await said("models", "acme", "--json"))[0]).toMatchObject({ id: "acme/one", plugin: "acme" })
    expect((await said("providers")).trimEnd().split("\n").slice(-2)).toEqual([
      `acme  Acme  key found  from plugin acme, at ${server.url}/v1`,
      expect.stringMatching(
        /^openai {2}Acme {2}set ACME_KEY {2}from plugin acme, .*; not used: there is a provider openai/
      )
    ])
    const listed: ReadonlyArray<{ id: string }> = JSON.parse(await said("providers", "--json"))
    expect(listed.at(-2)).toMatchObject({ id: "acme", ready: true, plugin: "acme" })
  })
})
