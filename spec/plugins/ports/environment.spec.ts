import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { commandEnvironment, isSecret } from "../../../plugins/ports/environment.ts"

const value = "0123456789abcdef"

it.each([
  "OPENAI_API_KEY",
  "openai_api_key",
  "WATSONX_AI_APIKEY",
  "HF_TOKEN",
  "AWS_BEARER_TOKEN_BEDROCK",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "CLARIFAI_PAT",
  "DB_PASSWORD",
  "PGPASSWORD",
  "MYSQL_PWD",
  "npm_config__auth",
  "KINTSUGI_LLM_API_KEY",
  "KINTSUGI_CHANNELS_A2A_TOKEN"
])("keeps %s at home", (name) => {
  expect(commandEnvironment({ [name]: value })).not.toHaveProperty(name)
})

it.each([
  "PATH",
  "HOME",
  "USER",
  "SHELL",
  "PWD",
  "OLDPWD",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "SSH_AUTH_SOCK",
  "XAUTHORITY",
  "DBUS_SESSION_BUS_ADDRESS",
  "XDG_SESSION_ID",
  "HTTPS_PROXY",
  "NODE_EXTRA_CA_CERTS",
  "npm_config_registry",
  "VIRTUAL_ENV",
  "JAVA_HOME",
  "GOPATH",
  "TOKENIZERS_PARALLELISM",
  "DATABASE_URL",
  "KEYBOARD_LAYOUT",
  "CI"
])("passes %s on", (name) => {
  expect(commandEnvironment({ [name]: value })).toHaveProperty(name, value)
})

it.each(["sk-proj-0123456789abcdef", "ghp_0123456789abcdef0123", "AKIA0123456789ABCDEF", "xoxb-0123456789-abcdef"])(
  "knows a key by its value: %s",
  (key) => expect(commandEnvironment({ HARMLESS: key })).not.toHaveProperty("HARMLESS")
)

it("passes on what the user named", () => {
  expect(commandEnvironment({ NPM_TOKEN: value, HF_TOKEN: value }, ["NPM_TOKEN"])).toMatchObject({ NPM_TOKEN: value })
  expect(commandEnvironment({ NPM_TOKEN: value, HF_TOKEN: value }, ["NPM_TOKEN"])).not.toHaveProperty("HF_TOKEN")
})

it("leaves no program waiting for a person", () => {
  const environment = commandEnvironment({ PAGER: "less", EDITOR: "vim", FORCE_COLOR: "1", TERM: "xterm" })
  expect(environment).toMatchObject({
    PAGER: "cat",
    GIT_PAGER: "cat",
    EDITOR: "true",
    GIT_TERMINAL_PROMPT: "0",
    TERM: "dumb",
    NO_COLOR: "1"
  })
  expect(environment).not.toHaveProperty("FORCE_COLOR")
})

const providers = fileURLToPath(new URL("../../../../shared/providers.json", import.meta.url))

describe.skipIf(!existsSync(providers))(
  "the list of providers (skipped when ../shared/providers.json is missing)",
  () => {
    it("names no key variable that would be passed on", () => {
      const names = new Set(readFileSync(providers, "utf8").match(/(?<=")[A-Z][A-Z0-9_]{3,}(?=")/g))
      const settings = /_(REGION|NAME|ID|URL|HOST|LOCATION|PROJECT|ENDPOINT|ACCOUNT)$/
      const passed = [...names].filter((name) => !settings.test(name) && !isSecret(name, value))
      expect(names.size).toBeGreaterThan(100)
      expect(passed).toEqual([])
    })
  }
)
