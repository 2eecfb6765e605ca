/**
 * What is wrong with the parameters that a tool wants as headers of HTTP (`x-mcp-header`): clients must leave such a tool out.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports, "Schema Extension".
 */

const annotation = "x-mcp-header"
const types: ReadonlySet<unknown> = new Set(["string", "integer", "boolean"])
/** Their values are schemas by name. */
const maps: ReadonlySet<string> = new Set(["patternProperties", "dependentSchemas", "$defs", "definitions"])
/** Their values are no schemas. */
const data: ReadonlySet<string> = new Set(["default", "const", "enum", "examples", "required"])

/** @returns `undefined` when nothing is. */
export const headerProblem = (inputSchema: unknown): string | undefined => {
  const seen = new Set<string>()
  const check = (header: unknown, type: unknown, isReachable: boolean): string | undefined => {
    if (!isReachable) return `${annotation} stands where only a property of the input may have it`
    if (typeof header !== "string" || !/^[\w!#$%&'*+.^`|~-]+$/.test(header))
      return `${annotation} must be the name of a header, got ${JSON.stringify(header)?.slice(0, 60)}`
    if (!types.has(type)) return `${annotation} ${header} must be of type string, integer or boolean`
    if (seen.has(header.toLowerCase())) return `${annotation} ${header} stands there twice`
    seen.add(header.toLowerCase())
    return undefined
  }
  const visit = (schema: unknown, depth: number, isReachable: boolean): string | undefined => {
    if (typeof schema !== "object" || schema === null) return undefined
    if (depth > 100) return "its inputSchema is nested too deeply"
    const problem =
      annotation in schema
        ? check(schema[annotation], Reflect.get(schema, "type"), isReachable && depth > 0)
        : undefined
    if (problem !== undefined) return problem
    for (const [key, value] of Object.entries(schema)) {
      const inner = data.has(key) ? [] : key === "properties" || maps.has(key) ? valuesOf(value) : listOf(value)
      for (const one of inner) {
        const found = visit(one, depth + 1, isReachable && key === "properties")
        if (found !== undefined) return found
      }
    }
    return undefined
  }
  return visit(inputSchema, 0, true)
}

const valuesOf = (value: unknown): ReadonlyArray<unknown> =>
  typeof value === "object" && value !== null ? Object.values(value) : []

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [value])
