/** Several offers as one: every request of a client, answered from whichever offer has what it names. */
import type {
  CallToolResult,
  CompleteResult,
  GetPromptResult,
  ListPromptsResult,
  ListResourcesResult,
  ListResourceTemplatesResult,
  ListToolsResult,
  ReadResourceResult,
  ServerCapabilities
} from "@modelcontextprotocol/server"
import { merge, NEVER, type Observable } from "rxjs"
import { type Caller, type Change, invalidParams, type Offer, RpcError } from "./offer.ts"
import type { User } from "../wire/wire.ts"

/** Parameters of a request, as they came: every field may be of another type. */
type Params = Readonly<Record<string, unknown>>

export interface Shop {
  readonly capabilities: ServerCapabilities
  readonly changes: Observable<Change>
  readonly listTools: (user: User) => Promise<ListToolsResult>
  readonly callTool: (params: Params, caller: Caller) => Promise<CallToolResult>
  readonly listPrompts: (user: User) => Promise<ListPromptsResult>
  readonly getPrompt: (params: Params, caller: Caller) => Promise<GetPromptResult>
  readonly listResources: (user: User) => Promise<ListResourcesResult>
  readonly listTemplates: (user: User) => Promise<ListResourceTemplatesResult>
  readonly readResource: (params: Params, caller: Caller) => Promise<ReadResourceResult>
  readonly complete: (params: Params, user: User) => Promise<CompleteResult>
}

export const shopOf = (offers: ReadonlyArray<Offer>): Shop => {
  const all = async <Item>(list: (offer: Offer) => ReadonlyArray<Item> | Promise<ReadonlyArray<Item>> | undefined) =>
    (await Promise.all(offers.map(async (offer) => (await list(offer)) ?? []))).flat()
  const tools = async (user: User) => firstOfEach(await all(({ tools }) => tools?.(user)))
  const prompts = async (user: User) => firstOfEach(await all(({ prompts }) => prompts?.(user)))
  const resources = (user: User) => all(({ resources }) => resources?.(user))
  const templates = (user: User) => all(({ templates }) => templates?.(user))
  return {
    capabilities: capabilitiesOf(offers),
    changes: merge(...offers.map(({ changes = NEVER }) => changes)),
    listTools: async (user) => ({ tools: (await tools(user)).map(({ definition }) => definition) }),
    callTool: async ({ name, arguments: given }, caller) => {
      const found = (await tools(caller.user)).find(({ definition }) => definition.name === name)
      if (found === undefined) throw missing("tool", name)
      try {
        return await found.call(isParams(given) ? given : {}, caller)
      } catch (error) {
        if (error instanceof RpcError) throw error
        return failed(error)
      }
    },
    listPrompts: async (user) => ({ prompts: (await prompts(user)).map(({ definition }) => definition) }),
    getPrompt: async ({ name, arguments: given }, caller) => {
      const found = (await prompts(caller.user)).find(({ definition }) => definition.name === name)
      if (found === undefined) throw missing("prompt", name)
      const args = isParams(given) ? textsIn(given) : {}
      const lacking = found.definition.arguments?.find((one) => one.required === true && args[one.name] === undefined)
      if (lacking !== undefined) throw new RpcError(invalidParams, `the prompt needs the argument ${lacking.name}`)
      return found.get(args, caller)
    },
    listResources: async (user) => ({ resources: (await resources(user)).map(({ definition }) => definition) }),
    listTemplates: async (user) => ({ resourceTemplates: (await templates(user)).map(({ definition }) => definition) }),
    readResource: async ({ uri }, caller) => {
      if (typeof uri !== "string") throw new RpcError(invalidParams, "uri must be a text")
      const found = (await resources(caller.user)).find(({ definition }) => definition.uri === uri)
      if (found !== undefined) return found.read(caller)
      for (const template of await templates(caller.user)) {
        const read = await template.read(uri, caller)
        if (read !== undefined) return read
      }
      throw new RpcError(invalidParams, "there is no such resource", { uri })
    },
    complete: async ({ ref, argument }, user) => {
      const named = isParams(ref) && ref.type === "ref/prompt" ? ref.name : undefined
      const found = (await prompts(user)).find(({ definition }) => definition.name === named)
      const { name, value } = isParams(argument) ? argument : {}
      if (typeof name !== "string" || typeof value !== "string")
        throw new RpcError(invalidParams, "argument must be { name, value }, both texts")
      const values = (await found?.complete?.(name, value)) ?? []
      return {
        completion: { values: values.slice(0, mostValues), total: values.length, hasMore: values.length > mostValues }
      }
    }
  }
}

/** What the specification lets one answer hold. */
const mostValues = 100

/** Of one name the first counts. */
const firstOfEach = <Item extends { readonly definition: { readonly name: string } }>(
  items: ReadonlyArray<Item>
): ReadonlyArray<Item> =>
  [...new Map(items.toReversed().map((item) => [item.definition.name, item])).values()].toReversed()

const capabilitiesOf = (offers: ReadonlyArray<Offer>): ServerCapabilities => {
  const has = (part: keyof Offer): boolean => offers.some((offer) => offer[part] !== undefined)
  return {
    logging: {},
    tools: { listChanged: true },
    ...(has("prompts") && { prompts: { listChanged: true }, completions: {} }),
    ...((has("resources") || has("templates")) && { resources: { listChanged: true, subscribe: true } })
  }
}

const missing = (what: string, name: unknown): RpcError =>
  new RpcError(invalidParams, `there is no ${what} ${JSON.stringify(name) ?? "without a name"}`)

/** A tool that breaks has failed: its caller goes on. */
export const failed = (error: unknown): CallToolResult => ({
  content: [{ type: "text", text: error instanceof Error ? error.message : String(error) }],
  isError: true
})

export const isParams = (value: unknown): value is Params =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const textsIn = (given: Params): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []))
  )
