/** What a plugin registers, read and checked: what is wrong is said with the plugin, the field and what was expected. */
import type { Extensions } from "./extensions.ts"
import type { extensionHooks } from "./hooks.ts"

export type ExtensionHook = (typeof extensionHooks)[number]

/** Which hook registers what. */
export const registers = {
  registerCommands: "commands",
  registerShortcuts: "shortcuts",
  registerFlags: "flags",
  registerWidgets: "widgets",
  registerProviders: "providers"
} as const satisfies Readonly<Record<ExtensionHook, keyof Extensions>>

type Fields = Readonly<Record<string, unknown>>

interface Check {
  /** Completes "name must be …". */
  readonly expected: string
  readonly holds: (value: unknown, item: Fields) => boolean
  readonly optional?: true
}

interface Shape {
  /** By which of its fields it is known: no two may have the same. */
  readonly key: string
  readonly fields: Readonly<Record<string, Check>>
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null
const isText = (value: unknown): value is string => typeof value === "string"
const like =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    isText(value) && pattern.test(value)
const optional = (check: Check): Check => ({ ...check, optional: true })
const oneOf = (...values: ReadonlyArray<string>): Check => ({
  expected: values.join(", ").replace(/, ([^,]*)$/, " or $1"),
  holds: (value) => values.some((one) => one === value)
})

const word: Check = {
  expected: "1 to 40 lower-case letters, digits or -, beginning with a letter or digit",
  holds: like(/^[a-z0-9][a-z0-9-]{0,39}$/)
}
const line: Check = { expected: "one line of 1 to 200 characters", holds: like(/^(?=.*\S)[^\p{Cc}]{1,200}$/u) }
const code: Check = { expected: "a function", holds: (value) => typeof value === "function" }

const isAmount = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0

const isPrice = (value: unknown): boolean => isFields(value) && isAmount(value.input) && isAmount(value.output)

const isModel = (value: unknown): boolean =>
  isFields(value) &&
  line.holds(value.id, value) &&
  (value.contextWindow === undefined || (Number.isSafeInteger(value.contextWindow) && isAmount(value.contextWindow))) &&
  (value.price === undefined || isPrice(value.price))

const isWebAddress = (value: unknown): boolean => isText(value) && /^https?:\/\//.test(value) && URL.canParse(value)

const shapes: Readonly<Record<keyof Extensions, Shape>> = {
  commands: { key: "name", fields: { name: word, description: line, argument: optional(line), run: code } },
  shortcuts: {
    key: "key",
    fields: {
      key: { expected: "ctrl- or alt- and a lower-case letter or digit", holds: like(/^(ctrl|alt)-[a-z0-9]$/) },
      description: line,
      run: code
    }
  },
  flags: {
    key: "name",
    fields: {
      name: word,
      description: line,
      type: oneOf("boolean", "string"),
      default: optional({ expected: "of the flag's type", holds: (value, { type }) => typeof value === type })
    }
  },
  widgets: {
    key: "name",
    fields: {
      name: { expected: "1 to 64 letters, digits, _ or -", holds: like(/^[a-zA-Z0-9_-]{1,64}$/) },
      place: oneOf("above", "status"),
      every: optional({
        expected: "a number of seconds, at least 1",
        holds: (value) => Number.isFinite(value) && Number(value) >= 1
      }),
      render: code
    }
  },
  providers: {
    key: "id",
    fields: {
      id: { expected: "lower-case letters, digits, -, . or _", holds: like(/^[a-z0-9][a-z0-9._-]{0,63}$/) },
      name: line,
      baseUrl: { expected: "an address that begins with http:// or https://", holds: isWebAddress },
      dialect: oneOf("openai-chat", "openai-responses", "anthropic"),
      env: {
        expected: "a list of names of environment variables",
        holds: (value) => Array.isArray(value) && value.every(like(/^[A-Za-z_][A-Za-z0-9_]*$/))
      },
      models: {
        expected: "a list of { id, contextWindow?, price?: { input, output } }",
        holds: (value) => Array.isArray(value) && value.every(isModel)
      }
    }
  }
}

/** Things of one kind that one plugin may register: more is a mistake. */
const most = 200

/**
 * @param registered What each hook gave; nothing for those that the plugin has not.
 * @throws TypeError naming the plugin, the field and what was expected.
 */
export const readExtensions = (plugin: string, registered: Readonly<Partial<Record<ExtensionHook, unknown>>>) => {
  const read = Object.entries(registers).map(([hook, kind]) => {
    const complain = (what: string): never => {
      throw new TypeError(`plugin ${JSON.stringify(plugin)}: ${hook} ${what}`)
    }
    return [kind, readList(shapes[kind], registered[hook as ExtensionHook], complain)] as const // a key of `registers`
  })
  return Object.fromEntries(read) as unknown as Extensions // each field has been checked
}

type Complain = (what: string) => never

const readList = ({ key, fields }: Shape, given: unknown, complain: Complain): ReadonlyArray<Fields> => {
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) return complain(`must give a list, not ${shown(given)}`)
  if (given.length > most) return complain(`gives ${given.length} things; at most ${most} are taken`)
  const items = given.map((item: unknown, at) => {
    if (!isFields(item)) return complain(`must give a list of objects; [${at}] is ${shown(item)}`)
    return readItem(fields, item, (what) => complain(`gives at [${at}] a wrong ${what}`))
  })
  const keys = items.map((item) => item[key])
  const twice = keys.find((name, at) => keys.indexOf(name) !== at)
  return twice === undefined ? items : complain(`gives the ${key} ${shown(twice)} twice; each must be there once`)
}

/** Those of its fields that we know, each read once: a getter may say something else the next time. */
const readItem = (fields: Shape["fields"], item: Fields, complain: Complain): Fields => {
  const read = Object.keys(fields).map((name) => [name, item[name]] as const)
  const copy: Fields = Object.fromEntries(read.filter(([, value]) => value !== undefined))
  for (const [name, { expected, holds, optional: mayMiss }] of Object.entries(fields)) {
    const value = copy[name]
    if (value === undefined && mayMiss === true) continue
    if (!holds(value, copy)) complain(`${name}: it must be ${expected}, not ${shown(value)}`)
  }
  return { ...copy, ...methods(copy, item) }
}

/** Called with what the author wrote as `this`. */
const methods = (copy: Fields, item: Fields): Fields =>
  Object.fromEntries(
    Object.entries(copy).flatMap(([name, value]) =>
      typeof value === "function" ? [[name, (...given: Array<unknown>) => Reflect.apply(value, item, given)]] : []
    )
  )

const shown = (value: unknown): string => {
  if (isText(value)) return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  if (Array.isArray(value)) return "a list"
  if (value === undefined) return "missing"
  return typeof value === "object" || typeof value === "function"
    ? `${value === null ? "null" : typeof value}`
    : String(value)
}
