/** A promise's end, or the end of patience. */

/** @returns whether it settled within so many milliseconds; its failure counts as settled. */
export const within = async (promise: Promise<unknown>, milliseconds: number): Promise<boolean> => {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), milliseconds)
  try {
    return await Promise.race([promise.then(yes, yes), late])
  } finally {
    clearTimeout(timer)
  }
}

const yes = () => true
