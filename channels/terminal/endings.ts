/** Ends the chat in good order when the process is told to stop. */

/** Milliseconds for a good order; after that the process goes as it is. */
const patience = 3000

/**
 * On a signal `leave` runs first, then the signal takes its course, so that the process's exit status is the one a shell
 * expects.
 *
 * @returns what stops listening.
 */
export const endInOrder = (signals: ReadonlyArray<NodeJS.Signals>, leave: () => Promise<void>): (() => void) => {
  const stop = (): void => signals.forEach((signal) => process.off(signal, end))
  const end = (signal: NodeJS.Signals): void => {
    stop()
    const limit = new Promise((resolve) => setTimeout(resolve, patience))
    void Promise.race([leave(), limit])
      .catch(() => undefined)
      .then(() => process.kill(process.pid, signal))
  }
  signals.forEach((signal) => process.on(signal, end))
  return stop
}
