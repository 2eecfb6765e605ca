import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import stringWidth from "string-width"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CliError } from "../../../channels/cli/io.ts"
import { providersCommand } from "../../../channels/cli/providers.ts"
import { providers } from "../../../llm/catalog/providers.ts"
import { heardIo } from "./heard.ts"

let home = ""
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "kintsugi-providers-"))
  const plugins = join(home, ".config/kintsugi/plugins")
  mkdirSync(plugins, { recursive: true })
  writeFileSync(
    join(home, ".config/kintsugi/config.yaml"),
    "llm:\n  providers:\n    mine: { base_url: https://mine.example/v1, dialect: openai-chat, env: [MINE_KEY] }\n"
  )
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** @param columns Width of the terminal; absent: it is none. */
const said = async (args: ReadonlyArray<string>, env: Record<string, string> = {}, columns?: number) => {
  const io = { ...heardIo(), env: { HOME: home, ...env }, cwd: home }
  if (columns !== undefined) Object.assign(io.stdout, { isTTY: true, columns })
  await providersCommand(io).parseAsync(args, { from: "user" })
  return io.out()
}

const lines = async (...args: Parameters<typeof said>) => (await said(...args)).trimEnd().split("\n")

const row = async (id: string, env?: Record<string, string>) =>
  (await lines([id], env)).find((line) => line.startsWith(`${id} `))?.split(/ {2,}/)

interface Listed {
  readonly id: string
  readonly evidence: string
  readonly key: string
  readonly ready: boolean | null
}

const listed = async (...args: Parameters<typeof said>): Promise<ReadonlyArray<Listed>> =>
  JSON.parse(await said(["--json", ...args[0]], args[1]))

describe("kintsugi providers", () => {
  it("lists all, with what the claim rests on and whether there is a key", async () => {
    const all = await lines([])
    expect(all).toHaveLength(providers.length + 1)
    expect(await row("anthropic")).toEqual(["anthropic", "Anthropic", "replayed", "set ANTHROPIC_API_KEY"])
    expect(await row("google")).toEqual(["google", "Google Gemini", "replayed", "set GEMINI_API_KEY …"])
    expect(await row("chutes")).toEqual(["chutes", "Chutes", "same dialect, unverified", "set CHUTES_API_KEY"])
    expect(await row("vllm")).toEqual(["vllm", "vLLM", "local", "none needed"])
    expect((await row("google-vertex"))?.[3]).toBe("none needed")
    for (const line of all) expect(line).toMatch(/ {2}(replayed|same dialect, unverified|local) {2}/)
  })

  it("tells where a key was found, and never the key", async () => {
    const env = { CHUTES_API_KEY: "a-secret-value", AZURE_API_KEY: "another-secret", MINE_KEY: "a-third-secret" }
    expect((await row("chutes", env))?.[3]).toBe("found: CHUTES_API_KEY")
    expect((await row("azure", env))?.[3]).toBe("found: AZURE_API_KEY; set AZURE_RESOURCE_NAME")
    const whole = { ...env, AZURE_OPENAI_BASE_URL: "https://proxy.example/v1" }
    expect((await row("azure", whole))?.[3]).toBe("found: AZURE_API_KEY")
    expect((await row("azure", { ...env, AZURE_RESOURCE_NAME: "x" }))?.[3]).toBe("found: AZURE_API_KEY")
    expect(`${await said([], env)}${await said(["--json"], env)}`).not.toMatch(/secret/)
  })

  it("lists a provider of the user's own, claiming nothing of it", async () => {
    const note = "your own, at https://mine.example/v1"
    expect(await row("mine")).toEqual(["mine", "mine", "same dialect, unverified", "set MINE_KEY", note])
    expect((await row("mine", { MINE_KEY: "k" }))?.[3]).toBe("found: MINE_KEY")
  })

  it("shows those whose id or name has a word in it", async () => {
    const ids = async (filter: string) => (await listed([filter])).map(({ id }) => id)
    expect(await ids("AZURE")).toEqual(["azure", "azure-foundry", "azure-cognitive-services"])
    expect(await ids("foundry")).toEqual(["azure-foundry"])
    expect(await ids("Microsoft")).toEqual(["azure-foundry"])
    const refused = said(["nobody-has-this"])
    await expect(refused).rejects.toThrow('no provider has "nobody-has-this" in its id or name')
    await expect(refused).rejects.toBeInstanceOf(CliError)
  })

  it("fits a terminal, leaving names out before anything else", async () => {
    for (const width of [40, 80, 120, 200])
      for (const line of await lines([], {}, width)) expect(stringWidth(line)).toBeLessThanOrEqual(width)
    expect((await lines([], {}, 80))[0]).toMatch(/^anthropic +replayed +set ANTHROPIC_API_KEY$/)
    expect((await lines([], {}, 200))[0]).toMatch(/^anthropic +Anthropic +replayed +set ANTHROPIC_API_KEY$/)
    expect((await lines([], {}, 80)).some((line) => line.endsWith("…"))).toBe(true)
  })

  it("carries everything in --json", async () => {
    const all = await listed([])
    expect(all).toHaveLength(providers.length + 1)
    expect(all.find(({ id }) => id === "azure")).toEqual({
      id: "azure",
      name: "Azure OpenAI",
      evidence: "replayed",
      ready: false,
      key: "set AZURE_OPENAI_API_KEY …",
      dialect: "openai-responses",
      env: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
      local: false,
      baseUrl: "https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1",
      address: ["AZURE_RESOURCE_NAME"],
      routes: [
        {
          models: "^claude",
          dialect: "anthropic",
          baseUrl: "https://{AZURE_RESOURCE_NAME}.services.ai.azure.com/anthropic"
        }
      ],
      note: expect.stringContaining("deployment")
    })
    const count = (evidence: string) => all.filter((one) => one.evidence === evidence).length
    expect(count("replayed") + count("unverified") + count("local")).toBe(all.length)
    expect(all.find(({ id }) => id === "ollama")).toMatchObject({ evidence: "local", ready: null, key: "none needed" })
  })
})
