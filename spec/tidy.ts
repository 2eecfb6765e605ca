/** Where files share a process: each leaves it as it found it, or is told what it has left behind. */
import { deepStrictEqual } from "node:assert/strict"
import { afterAll } from "vitest"

/** What ink brings listens from its first use to the end of the process, and ends nobody that listens, too. */
const isOfSignalExit = ({ name }: { readonly name: string }): boolean => name === "listener"

const listening = (signal: NodeJS.Signals): number =>
  process.listeners(signal).filter((listener) => !isOfSignalExit(listener)).length

const state = () => ({
  cwd: process.cwd(),
  exitCode: process.exitCode,
  signals: (["SIGINT", "SIGTERM", "SIGHUP"] as const).map(listening),
  bugs: [process.listenerCount("uncaughtException"), process.listenerCount("unhandledRejection")]
})

const [before, variables] = [state(), { ...process.env }]

/** Only their names: values are nobody's business. */
const changedVariables = (): ReadonlyArray<string> =>
  [...new Set([...Object.keys(variables), ...Object.keys(process.env)])].filter(
    (name) => variables[name] !== process.env[name]
  )

afterAll(() =>
  deepStrictEqual(
    { ...state(), variables: changedVariables() },
    { ...before, variables: [] },
    "it has left this behind"
  )
)
