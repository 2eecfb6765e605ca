/** What `/cost` and `/tools` answer. */
import { dollars, tokens } from "../../../numbers.ts"
import type { Facts, List } from "./model.ts"

export const costList = ({ spent, limits }: Pick<Facts, "spent" | "limits">): List => {
  const models = Object.entries(spent.models ?? {})
  const rest = {
    costAtLeast: sum(models.map(([, model]) => model.costAtLeast)),
    uncounted: sum(models.map(([, model]) => model.uncounted))
  }
  return {
    title: "What this session took",
    rows: [
      { name: "all", text: words({ ...spent, ...rest }) },
      ...models.map(([name, model]) => ({ name, text: `${counted(model.requests)} · ${words(model)}` })),
      ...(limits.maxCost === undefined ? [] : [{ name: "limit", text: dollars(limits.maxCost) }]),
      ...(limits.maxTokens === undefined ? [] : [{ name: "limit", text: `${tokens(limits.maxTokens)} tokens` }])
    ]
  }
}

export const toolList = ({ tools }: Pick<Facts, "tools">): List => ({
  title: tools.length === 0 ? "The tools are known when something was said" : `Tools of this session (${tools.length})`,
  rows: tools.map(({ name, description }) => ({ name, text: firstLine(description) }))
})

interface Took {
  readonly usage: Facts["spent"]["usage"]
  readonly cost?: number | null
  readonly costAtLeast: number
  /** Requests whose tokens are not known. */
  readonly uncounted: number
}

/** Never less than it may have been. */
const words = ({ usage: { input, output, cacheRead, cacheWrite }, cost, costAtLeast, uncounted }: Took): string => {
  const cached = cacheRead === 0 ? "" : ` (${tokens(cacheRead)} of them cached)`
  const all = input + cacheRead + cacheWrite
  const counts = `${tokens(all)} in${cached}, ${tokens(output)} out`
  const took = uncounted === 0 ? counts : all + output === 0 ? "tokens unknown" : `at least ${counts}`
  const least = costAtLeast > 0 ? `at least ${dollars(costAtLeast)}` : "cost unknown"
  return `${took} · ${typeof cost === "number" ? dollars(cost) : least}`
}

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((all, number) => all + number, 0)

const counted = (requests: number): string => (requests === 1 ? "1 request" : `${requests} requests`)

const firstLine = (text: string): string => text.trim().split("\n")[0] ?? ""
