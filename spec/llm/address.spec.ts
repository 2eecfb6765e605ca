import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { addressOf } from "../../llm/address.ts"
import { findProvider } from "../../llm/catalog/providers.ts"
import { noKeys } from "../../llm/keys.ts"
import { wayTo } from "../../llm/open-provider.ts"

describe("an address with the user's own in it", () => {
  const at = (id: string, env: Record<string, string>, keys = noKeys, model = "m") => {
    const one = findProvider(id)!
    return () => addressOf(one, wayTo(one, model), env, keys)
  }

  it("is filled from the environment, then from what is stored", () => {
    const keys = {
      ...noKeys,
      value: (id: string, name: string) => (id === "azure" && name === "AZURE_RESOURCE_NAME" ? "kept" : undefined)
    }
    expect(at("azure", {}, keys)()).toBe("https://kept.openai.azure.com/openai/v1")
    expect(at("azure", { AZURE_RESOURCE_NAME: " mine " }, keys)()).toBe("https://mine.openai.azure.com/openai/v1")
    expect(at("azure", { AZURE_OPENAI_BASE_URL: "https://proxy.example/v1", AZURE_RESOURCE_NAME: "mine" })()).toBe(
      "https://proxy.example/v1"
    )
  })

  it("takes the first name of several that is set", () => {
    const bedrock = (env: Record<string, string>) => at("amazon-bedrock", env)()
    expect(bedrock({ AWS_DEFAULT_REGION: "eu-west-1" })).toBe("https://bedrock-runtime.eu-west-1.amazonaws.com")
    expect(bedrock({ AWS_DEFAULT_REGION: "eu-west-1", AWS_REGION: "us-east-1" })).toMatch("us-east-1")
    expect(bedrock({ AWS_DEFAULT_REGION: "eu-west-1", AWS_REGION: "" })).toMatch("eu-west-1")
  })

  it("says all that is missing at once, and how to give it", () => {
    expect(at("cloudflare-ai-gateway", {})).toThrow(
      "the address of Cloudflare AI Gateway is not known; set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_GATEWAY_ID, or llm.base_url, or run kintsugi auth login cloudflare-ai-gateway"
    )
    expect(at("cloudflare-ai-gateway", { CLOUDFLARE_ACCOUNT_ID: "a" })).toThrow("; set CLOUDFLARE_GATEWAY_ID, or")
    expect(at("google-vertex", {})).toThrow("set GOOGLE_CLOUD_LOCATION and GOOGLE_CLOUD_PROJECT, or")
    expect(at("openai-compatible", {})).toThrow(/is not known; set llm\.base_url$/)
  })

  it("does not let the address of one way stand in for another's", () => {
    const env = { AZURE_OPENAI_BASE_URL: "https://proxy.example/openai/v1" }
    expect(at("azure", env, noKeys, "claude-opus-5")).toThrow(/; set AZURE_RESOURCE_NAME, or llm\.base_url/)
  })

  it("takes a host with its scheme, as it is copied, and Google's name for everywhere", () => {
    expect(at("databricks", { DATABRICKS_HOST: "https://dbc-1.cloud.databricks.com/" })()).toBe(
      "https://dbc-1.cloud.databricks.com/serving-endpoints"
    )
    expect(at("neon", { NEON_AI_GATEWAY_BASE_URL: "https://n.example/" })()).toBe(
      "https://n.example/ai-gateway/mlflow/v1"
    )
    expect(at("google-vertex", { GOOGLE_CLOUD_LOCATION: "global", GOOGLE_CLOUD_PROJECT: "p" })()).toBe(
      "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google"
    )
    expect(
      at("google-vertex", { GOOGLE_CLOUD_LOCATION: "eu", GOOGLE_CLOUD_PROJECT: "p" }, noKeys, "meta/llama")()
    ).toBe("https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu/endpoints/openapi")
  })

  it("refuses what would lead the key elsewhere", () => {
    expect(at("azure", { AZURE_RESOURCE_NAME: "evil.example/x" })).toThrow(
      /AZURE_RESOURCE_NAME cannot stand in the address/
    )
    const climbing = { CLOUDFLARE_ACCOUNT_ID: "..", CLOUDFLARE_GATEWAY_ID: "mine" }
    expect(at("cloudflare-ai-gateway", climbing)).toThrow(/CLOUDFLARE_ACCOUNT_ID cannot stand in the address/)
    expect(at("azure", { AZURE_RESOURCE_NAME: "mine:80" })).toThrow(
      /^https:\/\/mine:80\..* is no address of Azure OpenAI$/
    )
    expect(at("neon", { NEON_AI_GATEWAY_BASE_URL: "n.example" })).toThrow(/takes an address that begins with https/)
    expect(at("openai", { OPENAI_BASE_URL: "localhost:8080" })).toThrow(
      /OPENAI_BASE_URL is not the address of a server/
    )
    expect(at("ollama", { OLLAMA_HOST: "0.0.0.0:1" })()).toBe("0.0.0.0:1")
  })

  it("keeps its host, whatever is put into it", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        try {
          const { hostname, username } = new URL(at("azure", { AZURE_RESOURCE_NAME: value })())
          expect({ username, ends: hostname.endsWith(".openai.azure.com") }).toEqual({ username: "", ends: true })
        } catch (error) {
          expect(error).toMatchObject({ _tag: "ModelError" })
        }
      })
    )
  })
})
