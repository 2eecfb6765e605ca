/** The id of a model: `provider/model`, split at the first slash; the model's part may hold more of them. */

export interface ModelId {
  readonly provider: string
  readonly name: string
}

/** `undefined` when it is none. */
export const readModelId = (id: string): ModelId | undefined => {
  const slash = id.indexOf("/")
  return slash > 0 && slash < id.length - 1 ? { provider: id.slice(0, slash), name: id.slice(slash + 1) } : undefined
}

/** The part before the first slash, all of it where there is none. */
export const providerOf = (id: string): string => id.split("/", 1)[0]!
