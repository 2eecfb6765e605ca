/** Ends the chat in good order when the process is told to stop. */

/** Milliseconds for a good order, the last words of hooks included; after that the process goes as it is. */
const patience = 6000

export interface Endings {
  readonly stopListening: () => void
  /** Settles never when a signal is ending the process, else at once: who waits for it does not come first. */
  readonly unlessEnding: () => Promise<void>
}

/**
 * On a signal `leave` runs first, then the signal takes its course, so that the process's exit status is the one a shell
 * expects.
 */
export const endInOrder = (signals: ReadonlyArray<NodeJS.Signals>, leave: () => Promise<void>): Endings => {
  let ending = false
  const stopListening = (): void => signals.forEach((signal) => process.off(signal, end))
  const die = (signal: NodeJS.Signals): void => {
    stopListening()
    process.kill(process.pid, signal)
  }
  // It listens until the end: Ink kills the process at once when nobody else does.
  const end = (signal: NodeJS.Signals): void => {
    // Told twice: whoever tells does not want to wait.
    if (ending) return die(signal)
    ending = true
    // The terminal is gone: whatever is still written to it would only fail.
    if (signal === "SIGHUP") process.stdout.destroy()
    const limit = new Promise((resolve) => setTimeout(resolve, patience))
    void Promise.race([leave(), limit])
      .catch(() => undefined)
      .then(() => die(signal))
  }
  signals.forEach((signal) => process.on(signal, end))
  return { stopListening, unlessEnding: () => (ending ? new Promise(() => undefined) : Promise.resolve()) }
}
