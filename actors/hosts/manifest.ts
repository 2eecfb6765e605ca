/** What a plugin offers, as plain data: how its place tells it, how it is kept, and how it is checked before it is believed. */
import type { Extensions } from "../../plugins/extensions.ts"
import { type HookName, isHook } from "../../plugins/hooks.ts"
import { type ExtensionHook, readExtensions } from "../../plugins/read-extensions.ts"
import type { JsonSchema } from "../../plugins/schema.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Example, Risk } from "../../plugins/tool.ts"
import type { ReadPlugin } from "./read-plugin.ts"
import { readThrown, type Thrown } from "./thrown.ts"

export interface ToolManifest {
  readonly name: string
  readonly description: string
  readonly risk: Risk
  readonly parameters: JsonSchema
  readonly idempotent: boolean
  readonly parallel: boolean
  readonly final: boolean
  readonly timeout?: number | false
  readonly waits?: boolean
  readonly examples?: ReadonlyArray<Example>
}

/** What it registers, without the functions behind it. */
export type ExtensionsManifest = {
  readonly [Kind in keyof Extensions]: ReadonlyArray<Omit<Extensions[Kind][number], "run" | "render">>
}

/** What a plugin offers. */
export interface Manifest extends Pick<
  Plugin,
  "name" | "version" | "description" | "requires" | "priority" | "defaults"
> {
  readonly tools: ReadonlyArray<ToolManifest>
  /** Those that it has. */
  readonly hooks: ReadonlyArray<HookName>
  /** Those that it says it has. */
  readonly declaredHooks?: ReadonlyArray<HookName>
  readonly extensions: ExtensionsManifest
  /** Hooks that were asked when it was loaded, and failed. */
  readonly failures?: ReadonlyArray<{ readonly hook: ExtensionHook; readonly error: Thrown }>
}

export const manifestOf = ({ plugin, hooks, extensions, failures }: ReadPlugin): Manifest => {
  const { name, version, description, requires, priority, defaults, hooks: declaredHooks, tools = [] } = plugin
  const said = { version, description, requires, priority, defaults, declaredHooks }
  return {
    name,
    hooks,
    ...present(said),
    ...(failures.length === 0 ? {} : { failures }),
    extensions: withoutCode(extensions),
    tools: tools.map(
      ({ name, description, risk, parameters, idempotent, parallel, final, timeout, waits, examples }) => ({
        name,
        description,
        risk,
        parameters,
        idempotent,
        parallel,
        final,
        ...present({ timeout, waits, examples })
      })
    )
  }
}

const withoutCode = (extensions: Extensions): ExtensionsManifest => {
  const bare = (item: object) => Object.fromEntries(Object.entries(item).filter(([, one]) => typeof one !== "function"))
  const all = Object.entries(extensions).map(([kind, items]) => [kind, items.map(bare)] as const)
  return Object.fromEntries(all) as unknown as ExtensionsManifest // the same, but for functions
}

/** Without the fields that are not there. */
const present = <Given extends object>(fields: Given): Given =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given

type Fields = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null
const isText = (value: unknown): value is string => typeof value === "string"
export const isName: Check = (value) => isText(value) && /^[a-zA-Z0-9_-]{1,64}$/.test(value)
const isTexts: Check = (value) => isFields(value) && Object.values(value).every(isText)
const isKnownHook: Check = (value) => isText(value) && isHook(value)
const maybe = (check: Check, value: unknown): boolean => value === undefined || check(value)
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)

const risks: ReadonlyArray<unknown> = ["read", "write", "execute", "network"] satisfies ReadonlyArray<Risk>

/** What a command or an address says. */
const areSaid =
  (code: string, text: string): Check =>
  (value) =>
    isFields(value) &&
    Object.values(value).every(
      (one) => isText(one) || (isFields(one) && typeof one[code] === "number" && isText(one[text]))
    )

const isExample: Check = (value) =>
  isFields(value) &&
  "input" in value &&
  (isText(value.output) || isFields(value.output)) &&
  maybe(isTexts, value.files) &&
  maybe(isTexts, value.written) &&
  maybe(areSaid("code", "output"), value.commands) &&
  maybe(areSaid("status", "body"), value.responses)

const isTool: Check = (value) =>
  isFields(value) &&
  isName(value.name) &&
  isText(value.description) &&
  risks.includes(value.risk) &&
  isFields(value.parameters) &&
  [value.idempotent, value.parallel, value.final].every((flag) => typeof flag === "boolean") &&
  (value.timeout === undefined || value.timeout === false || typeof value.timeout === "number") &&
  (value.waits === undefined || typeof value.waits === "boolean") &&
  maybe(isListOf(isExample), value.examples)

const isPriority: Check = (value) =>
  Number.isFinite(value) ||
  (isFields(value) && Object.entries(value).every(([hook, one]) => isHook(hook) && Number.isFinite(one)))

const isFailure: Check = (value) => isFields(value) && isKnownHook(value.hook) && readThrown(value.error) !== undefined

/** The functions are not over here; that each is there is what its place has seen to. */
const areExtensions: Check = (value) => {
  if (!isFields(value)) return false
  try {
    extensionsOf("", value as unknown as ExtensionsManifest, () => () => undefined) // about to be checked
    return true
  } catch {
    return false
  }
}

/**
 * Its data with functions put in.
 *
 * @throws TypeError for data that no plugin can have registered.
 */
export const extensionsOf = (
  plugin: string,
  { commands, shortcuts, flags, widgets, providers }: ExtensionsManifest,
  code: (kind: "command" | "shortcut" | "widget", item: Fields) => unknown
): Extensions => {
  const withCode = (kind: "command" | "shortcut" | "widget", field: string, items: ReadonlyArray<object>) =>
    items.map((item) => ({ ...item, [field]: code(kind, { ...item }) }))
  return readExtensions(plugin, {
    registerCommands: withCode("command", "run", commands),
    registerShortcuts: withCode("shortcut", "run", shortcuts),
    registerFlags: flags,
    registerWidgets: withCode("widget", "render", widgets),
    registerProviders: providers
  })
}

const checks: { readonly [Field in keyof Manifest]-?: Check } = {
  name: isName,
  version: (value) => maybe(isText, value),
  description: (value) => maybe(isText, value),
  requires: (value) => maybe(isListOf(isText), value),
  priority: (value) => maybe(isPriority, value),
  defaults: (value) => maybe(isFields, value),
  tools: isListOf(isTool),
  hooks: isListOf(isKnownHook),
  declaredHooks: (value) => maybe(isListOf(isKnownHook), value),
  extensions: areExtensions,
  failures: (value) => maybe(isListOf(isFailure), value)
}

/** Whether it is one: any code in a place may say what it likes, and what was kept may have been changed since. */
export const isManifest = (value: unknown): value is Manifest =>
  isFields(value) && Object.entries(checks).every(([field, check]) => check(value[field]))
