/**
 * Calls that nobody made: made from those that are known, by changing one thing of their input or of their world. They
 * show whether a repair changes more than what crashed, and whether two repairs are the same.
 */
import { createHash } from "node:crypto"
import type { Play, Use, World } from "./tape.ts"

/** Most probes of one failure. */
export const mostProbes = 24

/** Of them, for one seed, such as change its world and not its input. */
const mostWorlds = 2

const deepest = 3

type Schema = Readonly<Record<string, unknown>>

/**
 * The same for the same seeds: what is chosen depends on a hash of the inputs and on nothing else.
 *
 * @param seeds Likeliest to matter first; the first gets half of the probes.
 * @param schemaOf JSON Schema of a tool's input.
 */
export const probesOf = (
  seeds: ReadonlyArray<Play>,
  schemaOf: (tool: string) => Schema | undefined,
  most = mostProbes
): ReadonlyArray<Play> => {
  const known = new Set(seeds.map(identity))
  const queues = seeds.map((seed) => {
    const queue = [...mutations(seed, schemaOf(seed.tool) ?? {})]
    return queue.filter((probe) => !known.has(identity(probe)))
  })
  const found = new Map<string, Play>()
  const [first = [], ...others] = queues
  const take = (queue: Array<Play>, n: number): void => {
    for (let taken = 0; taken < n && found.size < most;) {
      const probe = queue.shift()
      if (probe === undefined) return
      if (found.has(identity(probe))) continue
      found.set(identity(probe), probe)
      taken++
    }
  }
  take(first, others.length === 0 ? most : Math.ceil(most / 2))
  while (found.size < most && others.some((queue) => queue.length > 0)) for (const queue of others) take(queue, 1)
  take(first, most)
  return [...found.values()]
}

const identity = ({ tool, input, world }: Play): string => JSON.stringify([tool, input, world.files, world.uses])

/** Of one seed, its fields by turns, so that a few of them already touch all. */
const mutations = (seed: Play, schema: Schema): ReadonlyArray<Play> => {
  const turns = byHash(variantsOf(seed.input, schema, 0).map((group) => byHash(group, seed.input)))
  const longest = Math.max(0, ...turns.map((group) => group.length))
  const inputs = Array.from({ length: longest }, (_, at) => turns.flatMap((group) => group.slice(at, at + 1))).flat()
  const made = inputs.map((input): Play => ({ ...seed, kind: "mutated", input }))
  const worlds = worldsOf(seed.world).slice(0, mostWorlds)
  const changed = worlds.map((world): Play => ({ ...seed, kind: "mutated", world }))
  return [...made.slice(0, 3), ...changed, ...made.slice(3)]
}

/** In an order that says nothing, and is the same each time. */
const byHash = <Thing>(things: ReadonlyArray<Thing>, salt?: unknown): ReadonlyArray<Thing> =>
  things
    .map((thing) => ({ thing, hash: hash([salt, thing]) }))
    .toSorted((one, other) => (one.hash < other.hash ? -1 : 1))
    .map(({ thing }) => thing)

const hash = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("base64")

/** Other values in place of this one, in groups: one for each place within it that is changed. */
const variantsOf = (value: unknown, schema: Schema, depth: number): ReadonlyArray<ReadonlyArray<unknown>> => {
  const choices = Array.isArray(schema.enum) ? schema.enum.filter((one) => one !== value) : undefined
  if (choices !== undefined) return [choices]
  if (typeof value === "string") return [texts(value)]
  if (typeof value === "number") return [numbers(value, schema)]
  if (typeof value === "boolean") return [[!value]]
  if (Array.isArray(value)) return lists(value, schema, depth)
  return isRecord(value) ? records(value, schema, depth) : []
}

const texts = (value: string): ReadonlyArray<string> => {
  const [half, other] = [value.slice(0, Math.ceil(value.length / 2)), value.toUpperCase()]
  const turned = [...value].toReversed().join("")
  const all = [
    "",
    " ",
    half,
    other,
    turned,
    `${value} ${value}`,
    ` ${value}\n`,
    `${value}\n${half}`,
    `é${value}漢`,
    "a",
    "0"
  ]
  return [...new Set(all)].filter((one) => one !== value)
}

const numbers = (value: number, schema: Schema): ReadonlyArray<number> => {
  const low = typeof schema.minimum === "number" ? schema.minimum : -Infinity
  const high = typeof schema.maximum === "number" ? schema.maximum : Infinity
  const all = [value + 1, value - 1, 0, 1, -value, value * 2, 1000]
  const fit = all.filter((one) => one !== value && !Object.is(one, -0) && one >= low && one <= high)
  return [...new Set(fit)]
}

const lists = (value: ReadonlyArray<unknown>, schema: Schema, depth: number) => {
  const items = isRecord(schema.items) ? schema.items : {}
  const whole = [[], value.slice(0, 1), [...value, ...value], value.toReversed(), value.slice(0, -1)]
  const own = whole.filter((one) => JSON.stringify(one) !== JSON.stringify(value))
  if (depth >= deepest || value.length === 0) return [own]
  const inner = variantsOf(value[0], items, depth + 1).map((group) => group.map((one) => [one, ...value.slice(1)]))
  return [own, ...inner]
}

const records = (value: Schema, schema: Schema, depth: number) => {
  const properties = isRecord(schema.properties) ? schema.properties : {}
  const required: ReadonlyArray<unknown> = Array.isArray(schema.required) ? schema.required : []
  const inner = Object.entries(value).map(([key, one]): ReadonlyArray<unknown> => {
    const own = properties[key]
    const changed = depth < deepest ? variantsOf(one, isRecord(own) ? own : {}, depth + 1).flat() : []
    const dropped = required.includes(key) || (depth === 0 && !(key in properties)) ? [] : [without(value, key)]
    return [...dropped, ...changed.map((other) => ({ ...value, [key]: other }))]
  })
  const added = Object.entries(properties).flatMap(([key, own]) => {
    if (key in value || !isRecord(own)) return []
    return samples(own, depth).map((one) => ({ ...value, [key]: one }))
  })
  return [...inner, added].filter((group) => group.length > 0)
}

const without = (value: Schema, key: string): Schema =>
  Object.fromEntries(Object.entries(value).filter(([one]) => one !== key))

/** Values that a schema allows, where none was given. */
const samples = (schema: Schema, depth: number): ReadonlyArray<unknown> => {
  if ("default" in schema) return [schema.default]
  if (Array.isArray(schema.enum)) return schema.enum
  if ("const" in schema) return [schema.const]
  if (schema.type === "string") return ["a", "two words"]
  if (schema.type === "number" || schema.type === "integer") return numbers(3, schema).slice(0, 2)
  if (schema.type === "boolean") return [true, false]
  if (depth >= deepest) return []
  if (schema.type === "array")
    return [[], ...samples(isRecord(schema.items) ? schema.items : {}, depth + 1).map((one) => [one])]
  return schema.type === "object" ? [sampleOf(schema, depth + 1)] : []
}

/** An input that fits a schema, for a tool of which no call is known. */
export const sampleOf = (schema: Schema, depth = 0): Readonly<Record<string, unknown>> => {
  const properties = isRecord(schema.properties) ? schema.properties : {}
  return Object.fromEntries(
    Object.entries(properties).flatMap(([key, own]) => {
      const [one] = isRecord(own) ? samples(own, depth).toReversed() : []
      return one === undefined ? [] : [[key, one]]
    })
  )
}

/** Worlds in which a file holds something else. */
const worldsOf = (world: World): ReadonlyArray<World> => {
  const [name, content] = Object.entries(world.files ?? {})[0] ?? []
  if (name !== undefined && content !== undefined)
    return contents(content).map((other) => ({ ...world, files: { ...world.files, [name]: other } }))
  const at = world.uses.findIndex(({ port, value }) => port === "files.read" && bytesOf(value) !== undefined)
  const read = world.uses[at]
  if (read === undefined) return []
  return contents(bytesOf(read.value) ?? "").map((other) => {
    const use: Use = { ...read, value: { base64: Buffer.from(other).toString("base64") } }
    return { ...world, uses: world.uses.with(at, use) }
  })
}

const contents = (content: string): ReadonlyArray<string> =>
  [
    content.replace(/\d/g, (digit) => String((Number(digit) + 1) % 10)),
    content.slice(0, content.length / 2),
    ""
  ].filter((one) => one !== content)

const bytesOf = (value: unknown): string | undefined =>
  isRecord(value) && typeof value.base64 === "string" ? Buffer.from(value.base64, "base64").toString() : undefined

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
