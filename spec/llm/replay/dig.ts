/** Looks into recorded JSON by path; what is not there, or of another kind, is nothing. */
type Path = ReadonlyArray<string | number>

export const at = (value: unknown, ...path: Path): unknown =>
  path.reduce<unknown>(
    (inner, step) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, step) ? Reflect.get(inner, step) : undefined,
    value
  )

export const str = (value: unknown, ...path: Path): string => {
  const found = at(value, ...path)
  return typeof found === "string" ? found : ""
}

export const num = (value: unknown, ...path: Path): number => {
  const found = at(value, ...path)
  return typeof found === "number" ? found : 0
}

export const items = (value: unknown, ...path: Path): ReadonlyArray<unknown> => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The first of several paths that leads to a number. */
export const firstNum = (value: unknown, ...paths: ReadonlyArray<Path>): number =>
  paths.map((path) => at(value, ...path)).find((found) => typeof found === "number") ?? 0
