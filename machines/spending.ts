/** What requests took, by model, and the limits of a session: what is unknown stays unknown, and no limit is trusted blindly. */
import type { Taken, Usage } from "../llm/model.ts"
import type { Failure, Limits, ModelSpent, Spent } from "./events.ts"

const noTokens: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

export const nothingSpent: Spent = { usage: noTokens, cost: 0 }

/**
 * One request more, under the model that answered, which is another than was asked when it stood in. An unknown cost makes
 * the sum unknown. One of no tokens was none: a plugin gave the answer.
 */
export const spend = (sum: Spent, taken: Taken): Spent => {
  const { model, usage, cost, broken } = taken
  if (usage !== undefined && usage.input + usage.output === 0) return sum
  const models = { [model]: priced(broken === true ? brokenOne(taken) : whole(taken)) }
  return together(sum, { usage: usage ?? noTokens, cost: broken === true ? undefined : cost, models })
}

const whole = ({ usage, cost }: Taken): Share => ({
  requests: 1,
  usage: usage ?? noTokens,
  costAtLeast: cost ?? 0,
  unpriced: cost === undefined ? 1 : 0,
  uncounted: usage === undefined ? 1 : 0
})

/** It blinds no limit: the model's next reply is priced and counted as ever. */
const brokenOne = ({ usage, cost }: Taken): Share => ({
  ...noRequests,
  broken: 1,
  usage: usage ?? noTokens,
  costAtLeast: cost ?? 0
})

/** What is added up; whether that is all follows from it. */
type Share = Omit<ModelSpent, "cost">

const priced = (share: Share): ModelSpent =>
  share.unpriced + (share.broken ?? 0) > 0 ? share : { ...share, cost: share.costAtLeast }

/** Both; what agents below this one spent stands under their models, too. */
export const together = (one: Spent, other: Spent): Spent => joined(one, other, 1)

/** What came to it since. */
export const spentSince = (now: Spent, before: Spent): Spent => joined(now, before, -1)

const joined = (one: Spent, other: Spent, sign: 1 | -1): Spent => {
  const models = joinedModels(one.models, other.models, sign)
  const cost = one.cost === undefined || other.cost === undefined ? undefined : one.cost + sign * other.cost
  return {
    usage: joinedTokens(one.usage, other.usage, sign),
    cost: cost ?? (sign === -1 ? knownOf(models) : undefined),
    ...(models === undefined ? {} : { models })
  }
}

/** A part may be known where the whole is not. */
const knownOf = (models: Spent["models"]): number | undefined =>
  models === undefined || Object.values(models).some(({ cost }) => cost === undefined)
    ? undefined
    : costsOf(Object.values(models))

const joinedTokens = (one: Usage, other: Usage, sign: 1 | -1): Usage => ({
  input: one.input + sign * other.input,
  output: one.output + sign * other.output,
  cacheRead: one.cacheRead + sign * other.cacheRead,
  cacheWrite: one.cacheWrite + sign * other.cacheWrite
})

const noRequests: Share = { requests: 0, usage: noTokens, costAtLeast: 0, unpriced: 0, uncounted: 0 }

const joinedModels = (one: Spent["models"], other: Spent["models"], sign: 1 | -1): Spent["models"] => {
  if (other === undefined) return one
  const all = new Map<string, Share>(Object.entries(one ?? {}))
  for (const [id, more] of Object.entries(other)) {
    const sum = all.get(id) ?? noRequests
    const broken = (sum.broken ?? 0) + sign * (more.broken ?? 0)
    const share = {
      ...(broken > 0 ? { broken } : {}),
      requests: sum.requests + sign * more.requests,
      usage: joinedTokens(sum.usage, more.usage, sign),
      costAtLeast: sum.costAtLeast + sign * more.costAtLeast,
      unpriced: sum.unpriced + sign * more.unpriced,
      uncounted: sum.uncounted + sign * more.uncounted
    }
    all.set(id, priced(share))
  }
  return Object.fromEntries([...all].filter(([, { requests, broken = 0 }]) => requests + broken > 0))
}

const costsOf = (models: ReadonlyArray<ModelSpent>): number =>
  models.reduce((sum, { costAtLeast }) => sum + costAtLeast, 0)

/** US dollars that were spent at least. */
export const leastCost = ({ cost, models = {} }: Spent): number => cost ?? costsOf(Object.values(models))

export const tokensOf = ({ usage }: Spent): number => usage.input + usage.output

/** Models whose cost or tokens nobody could tell since the session was opened or the model chosen: a limit cannot hold for them. */
export interface Blind {
  readonly cost?: string
  readonly tokens?: string
}

export const blinded = (blind: Blind, { models = {} }: Spent): Blind => {
  const unpriced = Object.keys(models).find((id) => (models[id]?.unpriced ?? 0) > 0)
  const uncounted = Object.keys(models).find((id) => (models[id]?.uncounted ?? 0) > 0)
  return {
    ...blind,
    ...(unpriced === undefined ? {} : { cost: unpriced }),
    ...(uncounted === undefined ? {} : { tokens: uncounted })
  }
}

/** What is left for an agent that begins now. Several that work side by side are each given as much. */
export const left = ({ maxCost, maxTokens }: Limits, spent: Spent): Limits => ({
  ...(maxCost === undefined ? {} : { maxCost: Math.max(0, maxCost - leastCost(spent)) }),
  ...(maxTokens === undefined ? {} : { maxTokens: Math.max(0, maxTokens - tokensOf(spent)) })
})

/** Why nothing more may be asked; `undefined` when something may. */
export const overspent = (limits: Limits, spent: Spent, blind: Blind): Failure | undefined => {
  const why = exhausted(limits, spent) ?? unguarded(limits, blind)
  return why === undefined ? undefined : { code: "budget", message: `${why} ${goesOn}` }
}

const goesOn = "Nothing is lost: this session can be resumed then (-r)."

const exhausted = ({ maxCost, maxTokens }: Limits, spent: Spent): string | undefined => {
  const tokens = tokensOf(spent)
  if (maxTokens !== undefined && tokens >= maxTokens)
    return `The budget is used up: ${tokens} tokens of ${maxTokens}. To go on, raise llm.max_tokens_total (KINTSUGI_LLM_MAX_TOKENS_TOTAL).`
  const cost = leastCost(spent)
  if (maxCost === undefined || cost < maxCost) return undefined
  const sum = `${spent.cost === undefined ? "at least " : ""}${dollars(cost)} of ${dollars(maxCost)}`
  return `The budget is used up: ${sum}. To go on, raise llm.max_cost (KINTSUGI_LLM_MAX_COST).`
}

/** A limit of tokens holds where one of money cannot. */
const unguarded = ({ maxCost, maxTokens }: Limits, { cost, tokens }: Blind): string | undefined => {
  if (maxTokens !== undefined && tokens !== undefined)
    return `${tokens} does not say how many tokens it takes, so llm.max_tokens_total cannot hold. To go on, choose another model, or take the limit away.`
  if (maxCost !== undefined && maxTokens === undefined && cost !== undefined)
    return `What ${cost} costs is not known, so llm.max_cost cannot hold. To go on, set llm.models."${cost}".price, or llm.max_tokens_total, or choose another model.`
  return undefined
}

const dollars = (amount: number): string => `$${amount.toFixed(4)}`
