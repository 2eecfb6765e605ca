/** jsonata, a language of questions to JSON, as a tool. */
import jsonata from "jsonata"
import { definePlugin, defineTool } from "kintsugi/plugin"
import * as z from "zod"

const query = defineTool({
  name: "json_query",
  description: "Ask a JSON file a question in JSONata: $sum(orders.price), users[age > 40].name",
  risk: "read",
  input: z.object({ path: z.string(), query: z.string() }),
  execute: async ({ path, query }, { files }) => {
    const json: unknown = JSON.parse(Buffer.from(await files.read(path)).toString("utf8"))
    return { success: true, data: await jsonata(query).evaluate(json) }
  }
})

export default definePlugin({ name: "json-query", tools: [query] })
