/** What must be let go of together, in reverse. */

/** What must be let go of, newest first; a plugin that cannot stop keeps nothing else from it. */
export const holdings = (log: (message: string) => void) => {
  const releases: Array<() => unknown> = []
  return {
    hold: (release: () => unknown): void => void releases.push(release),
    letGo: async (): Promise<void> => {
      for (const release of releases.splice(0).toReversed()) {
        try {
          await release()
        } catch (error) {
          log(`on closing: ${error instanceof Error ? error.message : String(error)}`)
        }
      }
    }
  }
}

export type Holdings = ReturnType<typeof holdings>
