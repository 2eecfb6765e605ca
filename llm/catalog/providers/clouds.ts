/** Models in somebody's cloud: their addresses hold an account, a region or a deployment of the user's. */
import type { Provider } from "../provider.ts"
import { chat, effort, oldMessages, thinkingReturns } from "./entry.ts"

const aws = "{AWS_REGION|AWS_DEFAULT_REGION}"
const mantle = `https://bedrock-mantle.${aws}.api.aws`
const vertexLocation = "{GOOGLE_CLOUD_LOCATION|GOOGLE_VERTEX_LOCATION}"
const vertex =
  `https://${vertexLocation}-aiplatform.googleapis.com/v1` +
  `/projects/{GOOGLE_CLOUD_PROJECT|GOOGLE_VERTEX_PROJECT|GCLOUD_PROJECT}/locations/${vertexLocation}`
const foundry = "https://{AZURE_FOUNDRY_RESOURCE|ANTHROPIC_FOUNDRY_RESOURCE|AZURE_RESOURCE_NAME}.services.ai.azure.com"
const cloudflare = "https://gateway.ai.cloudflare.com/v1/{CLOUDFLARE_ACCOUNT_ID}/{CLOUDFLARE_GATEWAY_ID}"

export const clouds: ReadonlyArray<Provider> = [
  {
    id: "azure",
    name: "Azure OpenAI",
    baseUrl: "https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1",
    baseUrlEnv: ["AZURE_OPENAI_BASE_URL"],
    env: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
    dialect: "openai-responses",
    quirks: { developerRole: true, effort: "reasoning_effort", promptCacheKey: true, keyHeader: "api-key" },
    routes: [
      {
        models: /^claude/,
        dialect: "anthropic",
        baseUrl: "https://{AZURE_RESOURCE_NAME}.services.ai.azure.com/anthropic",
        quirks: oldMessages
      }
    ],
    replayed: true,
    note: "the model is the name of your deployment; one that begins with claude is asked for Messages"
  },
  {
    id: "azure-foundry",
    name: "Microsoft Foundry",
    baseUrl: `${foundry}/openai/v1`,
    env: ["AZURE_FOUNDRY_API_KEY", "ANTHROPIC_FOUNDRY_API_KEY", "AZURE_AI_API_KEY", "AZURE_API_KEY"],
    dialect: "openai-chat",
    // The limit's name is that of Azure's recorded requests.
    quirks: { keyHeader: "api-key", maxTokensField: "max_completion_tokens" },
    routes: [
      { models: /^claude/, dialect: "anthropic", baseUrl: `${foundry}/anthropic`, quirks: oldMessages },
      {
        models: /^(gpt-|o\d|codex)/,
        dialect: "openai-responses",
        quirks: { developerRole: true, effort: "reasoning_effort", keyHeader: "api-key" }
      },
      ...thinkingReturns
    ],
    note: "the model is the name of your deployment"
  },
  {
    id: "azure-cognitive-services",
    name: "Azure AI services",
    // As opencode reaches it; models.dev names the variables only.
    baseUrl: "https://{AZURE_COGNITIVE_SERVICES_RESOURCE_NAME}.cognitiveservices.azure.com/openai/v1",
    env: ["AZURE_COGNITIVE_SERVICES_API_KEY"],
    dialect: "openai-responses",
    quirks: { developerRole: true, effort: "reasoning_effort", keyHeader: "api-key" },
    note: "the model is the name of your deployment"
  },
  {
    id: "amazon-bedrock",
    name: "Amazon Bedrock",
    baseUrl: `https://bedrock-runtime.${aws}.amazonaws.com`,
    env: ["AWS_BEARER_TOKEN_BEDROCK"],
    dialect: "bedrock",
    replayed: true,
    keyHint:
      "AWS access keys (AWS_ACCESS_KEY_ID) are not used: create an API key in the Bedrock console and put it into AWS_BEARER_TOKEN_BEDROCK"
  },
  {
    id: "bedrock-mantle",
    name: "Amazon Bedrock, compatible endpoints",
    baseUrl: `${mantle}/v1`,
    env: ["AWS_BEARER_TOKEN_BEDROCK"],
    dialect: "openai-chat",
    // Where a model is served, AWS says on its card; another path is refused. So was it recorded.
    routes: [
      {
        models: /^anthropic\./,
        dialect: "anthropic",
        baseUrl: `${mantle}/anthropic`,
        quirks: { ...oldMessages, keyHeader: "authorization" }
      },
      {
        models: /^openai\.gpt-(?!oss)/,
        dialect: "openai-responses",
        baseUrl: `${mantle}/openai/v1`,
        quirks: { developerRole: true, effort: "reasoning_effort" }
      },
      { models: /^openai\.gpt-oss/, dialect: "openai-responses", quirks: effort }
    ],
    replayed: true
  },
  {
    id: "google-vertex",
    name: "Google Vertex AI",
    baseUrl: `${vertex}/publishers/google`,
    // A token that was fetched already; without one, Google's application default credentials are used.
    env: ["GOOGLE_VERTEX_ACCESS_TOKEN"],
    auth: "google",
    dialect: "gemini",
    quirks: { keyHeader: "authorization" },
    routes: [
      {
        models: /^claude-/,
        dialect: "anthropic",
        quirks: { ...oldMessages, messagesPath: "vertex", keyHeader: "authorization" }
      },
      // Llama, DeepSeek, Qwen and others, as meta/llama-4-maverick-17b-128e-instruct-maas.
      { models: /\//, dialect: "openai-chat", baseUrl: `${vertex}/endpoints/openapi` }
    ],
    replayed: true,
    note: "with gcloud's credentials, through the optional package google-auth-library"
  },
  {
    // models.dev has /ai-gateway/mlflow/v1, which wants a gateway set up; serving endpoints are there from the start.
    id: "databricks",
    name: "Databricks",
    baseUrl: "https://{DATABRICKS_HOST}/serving-endpoints",
    env: ["DATABRICKS_TOKEN"],
    sharedEnv: ["DATABRICKS_TOKEN"],
    dialect: "openai-chat",
    routes: [
      {
        models: /claude/,
        dialect: "anthropic",
        baseUrl: "https://{DATABRICKS_HOST}/serving-endpoints/anthropic",
        quirks: { ...oldMessages, keyHeader: "authorization" }
      }
    ],
    note: "the model is the name of a serving endpoint"
  },
  {
    id: "snowflake",
    name: "Snowflake Cortex",
    baseUrl: "https://{SNOWFLAKE_ACCOUNT}.snowflakecomputing.com/api/v2/cortex/v1",
    env: ["SNOWFLAKE_CORTEX_PAT"],
    dialect: "openai-chat",
    // `reasoning` stands in recorded requests that were taken; of a limit under its older name it takes no notice
    // (langchain-snowflake #132).
    quirks: { effort: "reasoning.effort", maxTokensField: "max_completion_tokens" },
    replayed: true
  },
  {
    id: "watsonx",
    name: "IBM watsonx.ai model gateway",
    // The variable is langchain-ibm's, for one of a dozen hosts, as https://us-south.ml.cloud.ibm.com.
    baseUrl: "https://{WATSONX_URL|WATSONX_AI_SERVICE_URL}/ml/gateway/v1",
    env: ["WATSONX_API_KEY", "WATSONX_APIKEY", "WATSONX_AI_APIKEY"],
    auth: "ibm",
    dialect: "openai-chat",
    note: "the gateway must be set up by an administrator"
  },
  {
    id: "cloudflare-workers-ai",
    name: "Cloudflare Workers AI",
    baseUrl: "https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1",
    env: ["CLOUDFLARE_API_KEY", "CLOUDFLARE_API_TOKEN"],
    sharedEnv: ["CLOUDFLARE_API_KEY", "CLOUDFLARE_API_TOKEN"],
    dialect: "openai-chat",
    routes: thinkingReturns
  },
  {
    id: "cloudflare-ai-gateway",
    name: "Cloudflare AI Gateway",
    baseUrl: `${cloudflare}/compat`,
    env: ["CLOUDFLARE_AI_GATEWAY_API_KEY", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"],
    sharedEnv: ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"],
    dialect: "openai-chat",
    quirks: { keyHeader: "cf-aig-authorization" },
    routes: [
      {
        models: /^claude-/,
        dialect: "anthropic",
        baseUrl: `${cloudflare}/anthropic`,
        quirks: { ...oldMessages, keyHeader: "cf-aig-authorization" }
      },
      {
        models: /^gpt-/,
        dialect: "openai-responses",
        baseUrl: `${cloudflare}/openai`,
        quirks: { developerRole: true, effort: "reasoning_effort", keyHeader: "cf-aig-authorization" }
      },
      ...thinkingReturns
    ],
    note: "with the makers' keys kept in the gateway"
  },
  chat("neon", "Neon AI Gateway", "{NEON_AI_GATEWAY_BASE_URL}/ai-gateway/mlflow/v1", ["NEON_AI_GATEWAY_TOKEN"])
]
