/** `npm run docs`: writes docs/providers.md anew from the registry, and the JSON Schemas in docs/ from their sources. */
import { runSchema } from "../channels/cli/run-schema.ts"
import { framesSchema } from "../channels/wire/schema.ts"
import { mkdirSync, writeFileSync } from "node:fs"
import { type Evidence, evidenceFor, type Provider } from "../llm/catalog/provider.ts"
import { groups, providers } from "../llm/catalog/providers.ts"

const target = new URL("../docs/providers.md", import.meta.url)
const schema = new URL("../docs/run.schema.json", import.meta.url)
const frames = new URL("../docs/frames.schema.json", import.meta.url)

const claims: Readonly<Record<Evidence, string>> = {
  replayed: "replayed",
  unverified: "same dialect, unverified",
  local: "local"
}

export const providersPage = (): string => {
  const count = (evidence: Evidence) => providers.filter((one) => evidenceFor(one) === evidence).length
  return `<!-- Written by npm run docs from llm/catalog/providers/: change it there. -->

# Providers

${providers.length} are registered. Nobody here has called any of them: what is known comes from their own pages, from
models.dev and from other clients. So each is claimed no more of than one of these:

- **replayed** (${count("replayed")}): traffic that others recorded from it passes through its dialect here (\`npm run replay\`). It proves
  that its answers are read, not that today's server takes our requests.
- **same dialect, unverified** (${count("unverified")}): it speaks a dialect that the recordings of others were replayed in, by its own word.
- **local** (${count("local")}): a server on your own machine.

\`kintsugi providers [filter]\` lists them with the keys that are found, \`kintsugi doctor --live\` makes one small request to
each that has one. A key is taken from the variables below, in their order, or from what \`kintsugi auth login PROVIDER\` has
stored; names in braces in an address are taken from there, too, the first of several that is set. Variables in italics
serve other purposes as well: they open a model, but never choose one. A server that is not here is reached as
\`openai-compatible\` or \`anthropic-compatible\`, or under a name of your own in \`llm.providers\`.

${Object.entries(groups).map(section).join("\n\n")}
`
}

const section = ([title, members]: [string, ReadonlyArray<Provider>]): string => `## ${title}

| id | name | evidence | dialect | key | address |
|---|---|---|---|---|---|
${members.map(row).join("\n")}`

const row = (one: Provider): string => {
  const { id, name, note, env, sharedEnv = [], baseUrl, baseUrlEnv = [] } = one
  const variables = env.map((variable) => (sharedEnv.includes(variable) ? `*\`${variable}\`*` : `\`${variable}\``))
  const addresses = [baseUrl, ...(baseUrl === undefined ? ["llm.base_url"] : []), ...baseUrlEnv].filter(Boolean)
  const cells = [
    `\`${id}\``,
    note === undefined ? name : `${name} (${note})`,
    claims[evidenceFor(one)],
    [...new Set([one.dialect, ...(one.routes ?? []).map(({ dialect = one.dialect }) => dialect)])].join(", "),
    variables.length === 0 ? "`llm.api_key`" : variables.join(", "),
    addresses.map((address) => `\`${address}\``).join(" or ")
  ]
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
}

export const runSchemaFile = (): string => `${JSON.stringify(runSchema(), null, 2)}\n`

export const framesSchemaFile = (): string => `${JSON.stringify(framesSchema(), null, 2)}\n`

if (import.meta.main) {
  mkdirSync(new URL(".", target), { recursive: true })
  writeFileSync(target, providersPage())
  writeFileSync(schema, runSchemaFile())
  writeFileSync(frames, framesSchemaFile())
}
