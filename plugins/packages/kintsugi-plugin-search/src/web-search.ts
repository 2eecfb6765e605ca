/** `web_search`: DuckDuckGo, without a key. */
import { type Answer, defineTool, refuse } from "kintsugi/plugin"
import * as z from "zod"
import { get } from "./get.ts"

const usualResults = 8

const times = { day: "d", week: "w", month: "m", year: "y" } as const

const input = z.object({
  query: z.string().trim().min(1).max(500),
  max_results: z.int().min(1).max(25).optional().describe(`Default ${usualResults}`),
  time: z.enum(["day", "week", "month", "year"]).optional().describe("Only pages of the last …"),
  region: z
    .string()
    .regex(/^[a-z]{2}-[a-z]{2}$/)
    .optional()
    .describe("us-en, de-de, …")
})

type Input = z.infer<typeof input>

const addressOf = ({ query, time, region }: Input): string => {
  const url = new URL("https://html.duckduckgo.com/html/")
  url.searchParams.set("q", query)
  if (time !== undefined) url.searchParams.set("df", times[time])
  if (region !== undefined) url.searchParams.set("kl", region)
  return url.href
}

/** Its address is ours and not the model's, and where it redirects to is not followed. */
const anywhere = async (): Promise<ReadonlyArray<string>> => ["1.1.1.1"]

export const webSearch = defineTool({
  name: "web_search",
  description: "Search the web. Gives titles, addresses and snippets; read_page reads a page.",
  risk: "network",
  idempotent: true,
  parallel: true,
  input,
  preview: (input) => ({ url: addressOf(input), summary: `search the web for ${input.query}` }),
  examples: [
    {
      input: { query: "word count" },
      responses: {
        [addressOf({ query: "word count" })]:
          '<div class="result"><a class="result__a" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.com%2Fwc">wc</a>' +
          '<a class="result__snippet">Counts <b>words</b>.</a></div>'
      },
      output: "1. wc\n   https://example.com/wc\n   Counts words."
    }
  ],
  execute: async (input, { fetch, signal }) => {
    const page = await get(addressOf(input), { fetch, signal, lookup: anywhere })
    if ("elsewhere" in page)
      return refuse("execution_error", `DuckDuckGo redirects to ${page.elsewhere}; it does not search for us now`)
    const { status, text, retryAfter } = page
    if (status === 429 || status === 403) return limited(`it answered ${status}`, retryAfter)
    if (status >= 400) return refuse("execution_error", `DuckDuckGo answered ${status}; try again later`)
    const { readResults } = await import("./results.ts")
    const found = readResults(text)
    if (found === "captcha") return limited("it asks for a captcha", retryAfter)
    if (found === "empty")
      return { success: true, data: "[nothing found; try fewer or other words]", summary: "nothing found" }
    if (found === "unknown")
      return refuse(
        "execution_error",
        "DuckDuckGo's page has a form that is not known here; a newer kintsugi-plugin-search may read it"
      )
    const shown = found.slice(0, input.max_results ?? usualResults)
    const data = shown.map(({ title, url, snippet }, n) =>
      [`${n + 1}. ${title}`, url, snippet].filter(Boolean).join("\n   ")
    )
    return { success: true, data: data.join("\n"), summary: `${shown.length} results for ${input.query}` }
  }
})

const limited = (why: string, retryAfter: string | undefined): Answer => {
  const when = retryAfter === undefined ? "some minutes" : `${retryAfter} s`
  return refuse(
    "execution_error",
    `DuckDuckGo takes us for a robot (${why}). Wait ${when}, or work with addresses that are known`
  )
}
