/** All pages of what a server offers: the well-formed, and what is left out and why. One bad item hides none of the others. */
import {
  type Client,
  type Prompt,
  type Resource,
  type ResourceTemplateType,
  specTypeSchemas,
  type StandardSchemaV1,
  type Tool
} from "@modelcontextprotocol/client"
import { headerProblem } from "./header-problem.ts"
import { sizeOf } from "../../plugins/mcp/size.ts"

export interface Offer {
  readonly tools: ReadonlyArray<Tool>
  readonly refused: ReadonlyArray<{ readonly tool: string; readonly reason: string }>
  readonly prompts: ReadonlyArray<Prompt>
  readonly resources: ReadonlyArray<Resource>
  readonly templates: ReadonlyArray<ResourceTemplateType>
}

export const nothing: Offer = { tools: [], refused: [], prompts: [], resources: [], templates: [] }

export type Listed = "tools" | "prompts" | "resources" | "templates"

/** Pages, items, milliseconds for a page, characters of all that is kept of one list. */
const limits = { pages: 200, items: 5000, page: 30_000, all: 4_000_000 }

/** Of one item. */
const largest = { characters: 200_000, depth: 100 }

const methods = {
  tools: { method: "tools/list", key: "tools" },
  prompts: { method: "prompts/list", key: "prompts" },
  resources: { method: "resources/list", key: "resources" },
  templates: { method: "resources/templates/list", key: "resourceTemplates" }
} as const

/** Any result: what is in it is looked at item by item. */
const anything: StandardSchemaV1<unknown, unknown> = {
  "~standard": { version: 1, vendor: "kintsugi", validate: (value) => ({ value }) }
}

export interface Pages {
  readonly items: ReadonlyArray<unknown>
  /** Items that are not kept: they are too large. */
  readonly left: ReadonlyArray<Offer["refused"][number]>
  /** Why there are no further ones, when they are not all. */
  readonly cut?: string
  /** Milliseconds for which it says that they stay as they are. */
  readonly ttl?: number
}

/** Rejects when the first page cannot be had; of what comes later, what was there before is kept. */
export const allPages = async (client: Client, what: Listed, signal: AbortSignal): Promise<Pages> => {
  const { method, key } = methods[what]
  const kept = keeper()
  const seen = new Set<string>()
  let cursor: string | undefined
  let ttl: number | undefined
  for (let page = 1; ; page++) {
    const params = cursor === undefined ? {} : { cursor }
    const options = { signal, timeout: limits.page }
    let result: unknown
    try {
      result = await client.request({ method, params }, anything, options)
    } catch (error) {
      if (page === 1 || signal.aborted) throw error
      return { ...kept, cut: `page ${page} failed: ${error instanceof Error ? error.message : String(error)}` }
    }
    const fields = typeof result === "object" && result !== null ? result : {}
    const found: unknown = Reflect.get(fields, key)
    if (!Array.isArray(found)) {
      const problem = `the answer to ${method} holds no list "${key}"`
      if (page === 1) throw new Error(problem)
      return { ...kept, cut: problem }
    }
    const full = kept.add(found)
    if (full !== undefined) return { ...kept, cut: full }
    ttl ??= ttlOf(Reflect.get(fields, "ttlMs"))
    const next: unknown = Reflect.get(fields, "nextCursor")
    if (typeof next !== "string") return { ...kept, ...(ttl !== undefined && { ttl }) }
    if (seen.has(next)) return { ...kept, cut: `page ${page} leads back to an earlier one` }
    if (page >= limits.pages) return { ...kept, cut: `there are more than ${limits.pages} pages` }
    seen.add(next)
    cursor = next
  }
}

const keeper = () => {
  const items: Array<unknown> = []
  const left: Array<Offer["refused"][number]> = []
  let room = limits.all
  return {
    items,
    left,
    /** @returns why no more are kept; `undefined`: more may come. */
    add: (found: ReadonlyArray<unknown>): string | undefined => {
      for (const raw of found) {
        if (items.length + left.length >= limits.items) return `there are more than ${limits.items}`
        const size = sizeOf(raw, largest)
        if ("reason" in size) left.push({ tool: nameOf(raw), reason: size.reason })
        else if ((room -= size.characters) < 0) return `they are longer than ${limits.all} characters together`
        else items.push(raw)
      }
      return undefined
    }
  }
}

const ttlOf = (value: unknown): number | undefined => (typeof value === "number" && value > 0 ? value : undefined)

export interface Speech {
  /** Calls carry parameters as headers (HTTP of 2026-07-28), and a tool that declares them wrongly cannot be called. */
  readonly hasHeaders: boolean
  /** It runs calls as tasks, and means it when a tool says that it must be called as one; without that the word is void. */
  readonly hasTasks: boolean
}

export const soundTools = (pages: Pages, speech: Speech): Pick<Offer, "tools" | "refused"> => {
  const tools = new Map<string, Tool>()
  const refused = [...pages.left]
  for (const raw of pages.items) {
    const tool = toolOf(raw)
    const name = nameOf(raw)
    const reason =
      "reason" in tool
        ? tool.reason
        : tools.has(name)
          ? "a tool of this name came before"
          : uncallable(tool.value, speech)
    if (reason !== undefined) refused.push({ tool: name, reason })
    else if ("value" in tool) tools.set(name, tool.value)
  }
  if (pages.cut !== undefined) refused.push({ tool: "…", reason: `not all of its tools are here: ${pages.cut}` })
  return { tools: [...tools.values()], refused }
}

const uncallable = ({ execution, inputSchema, _meta }: Tool, { hasHeaders, hasTasks }: Speech): string | undefined =>
  // Two Kintsugis that use each other, or one itself, would have more of them each time that they look.
  _meta?.["kintsugi/plugin"] === "mcp-gateway"
    ? "it belongs to an MCP server that this server itself uses: configure that one here"
    : hasTasks && execution?.taskSupport === "required"
      ? "it can only be called as a task, an extension that is not used here"
      : hasHeaders
        ? headerProblem(inputSchema)
        : undefined

/** What of a name may be shown of a tool that is refused. */
const nameOf = (raw: unknown): string => {
  const name: unknown = typeof raw === "object" && raw !== null ? Reflect.get(raw, "name") : undefined
  if (typeof name !== "string") return "(without a name)"
  // oxlint-disable-next-line no-control-regex
  return name.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?").slice(0, 128)
}

type Sound<A> = { readonly value: A } | { readonly reason: string }

const toolOf = (raw: unknown): Sound<Tool> => {
  if (typeof raw !== "object" || raw === null) return { reason: "expected an object" }
  const name: unknown = Reflect.get(raw, "name")
  if (typeof name !== "string" || !/^[\w./-]{1,128}$/.test(name))
    return { reason: "its name must be 1 to 128 letters, digits or _ . / -" }
  const schema: unknown = Reflect.get(raw, "inputSchema")
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    return { reason: "its inputSchema is not an object" }
  const type: unknown = Reflect.get(schema, "type")
  if (type !== undefined && type !== "object") return { reason: 'its inputSchema has not the type "object"' }
  return sound(specTypeSchemas.Tool, { ...raw, inputSchema: { ...schema, type: "object" } })
}

const sound = <A>(schema: StandardSchemaV1<unknown, A>, raw: unknown): Sound<A> => {
  const checked = schema["~standard"].validate(raw)
  if (checked instanceof Promise) {
    checked.catch(() => {})
    return { reason: "it cannot be checked at once" }
  }
  if (checked.issues === undefined) return { value: checked.value }
  const [issue] = checked.issues
  const path = issue?.path?.map((part) => String(typeof part === "object" ? part.key : part)).join(".") ?? ""
  return { reason: [path, issue?.message ?? "it is malformed"].filter((part) => part !== "").join(": ") }
}

const allSound = <A>(schema: StandardSchemaV1<unknown, A>, { items }: Pages): ReadonlyArray<A> =>
  items.flatMap((raw) => {
    const checked = sound(schema, raw)
    return "value" in checked ? [checked.value] : []
  })

export const soundPrompts = (pages: Pages): ReadonlyArray<Prompt> => allSound(specTypeSchemas.Prompt, pages)
export const soundResources = (pages: Pages): ReadonlyArray<Resource> => allSound(specTypeSchemas.Resource, pages)
export const soundTemplates = (pages: Pages): ReadonlyArray<ResourceTemplateType> =>
  allSound(specTypeSchemas.ResourceTemplate, pages)
