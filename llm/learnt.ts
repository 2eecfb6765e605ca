/**
 * Keys that this process came to know after its start: stored ones once they are read, what a command printed, tokens.
 * Of the process and not of a runtime, because whatever writes for people must hide them, whoever has asked for them.
 */
const known = new Set<string>()

/** From now on `withoutKeys` takes it out of every text. */
export const learn = (secret: string): void => void known.add(secret.trim())

export const learnt = (): Iterable<string> => known
