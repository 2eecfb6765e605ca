/** What the agent costs: thirty rounds of a model that asks for shell commands, against the least that an agent can be. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Bench, type Figure, median, type Options } from "./bench.ts"
import { builtProgram } from "./built-program.ts"
import { interleave, measure, type Measured } from "./measure.ts"
import type { ChatBody, Report } from "./model-server.ts"

const task = "Run the commands that you were told to run."

interface Run extends Measured {
  readonly report: Report
}

const order = async (server: ChildProcess, word: "reset" | "report"): Promise<unknown> => {
  server.send(word)
  return (await once(server, "message"))[0]
}

const runOf = async (
  command: ReadonlyArray<string>,
  server: ChildProcess,
  port: number,
  folder: string
): Promise<Run> => {
  await order(server, "reset")
  // A gateway named by its own variables, so that no configuration has to be read: as it is for most who begin.
  const env = {
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, "config"),
    XDG_DATA_HOME: join(folder, "data"),
    XDG_STATE_HOME: join(folder, "state"),
    XDG_CACHE_HOME: join(folder, "cache"),
    LITELLM_PROXY_API_BASE: `http://127.0.0.1:${port}/v1`,
    LITELLM_PROXY_API_KEY: "bench"
  }
  const measured = await measure(command, { cwd: folder, env })
  if (!measured.stdout.includes("All done."))
    throw new Error(`${command.join(" ")} did not finish:\n${measured.stdout}`)
  return { ...measured, report: (await order(server, "report")) as Report }
}

/** Milliseconds until the first request reached the server. */
const firstRequest = ({ report, startedAt }: Run): number => (report.arrivals[0] ?? Number.NaN) - startedAt

/** Milliseconds between a reply's last byte and the next request, which holds the answer. */
const perTurn = ({ report: { arrivals, departures } }: Run): number =>
  median(departures.slice(0, -1).map((departed, turn) => (arrivals[turn + 1] ?? Number.NaN) - departed))

const tokens = async ({ messages, tools = [] }: ChatBody): Promise<number> => {
  const [{ Tiktoken }, ranks] = await Promise.all([import("js-tiktoken/lite"), import("js-tiktoken/ranks/o200k_base")])
  const encoding = new Tiktoken(ranks.default)
  const prompts = messages.filter(({ role }) => role === "system" || role === "developer").map(({ content }) => content)
  return [...prompts, ...tools]
    .map((part) => encoding.encode(typeof part === "string" ? part : JSON.stringify(part)).length)
    .reduce((sum, count) => sum + count, 0)
}

const versionFigure = async (program: string, runs: number, folder: string): Promise<Figure> => {
  const env = { HOME: folder, XDG_CACHE_HOME: join(folder, "cache") }
  const wall = async (...args: ReadonlyArray<string>) =>
    (await measure([process.execPath, ...args], { cwd: folder, env })).wall
  const { ours, floor } = await interleave(
    runs * 2,
    () => wall(program, "--version"),
    () => wall("-e", "0")
  )
  return {
    what: "kintsugi --version, node -e 0",
    unit: "ms",
    ours: median(ours),
    floor: median(floor),
    aim: { of: "ratio", most: 1.6 }
  }
}

/** @param ours Command line of the agent to measure. */
export const compare = async (
  ours: ReadonlyArray<string>,
  { runs }: Options,
  folder: string
): Promise<ReadonlyArray<Figure>> => {
  const server = fork(join(import.meta.dirname, "model-server.ts"))
  try {
    const [{ port }] = (await once(server, "message")) as [AddressInfo]
    const floorLoop = [process.execPath, join(import.meta.dirname, "floor.mjs"), task]
    const both = await interleave(
      runs,
      () => runOf(ours, server, port, folder),
      () => runOf(floorLoop, server, port, folder)
    )
    const of = (read: (run: Run) => number) => ({
      ours: median(both.ours.map(read)),
      floor: median(both.floor.map(read))
    })
    const body = both.ours[0]?.report.bodies[0]
    return [
      { what: "wall, 30 calls", unit: "ms", ...of(({ wall }) => wall), aim: { of: "ratio", most: 1.6 } },
      { what: "CPU, children included", unit: "ms", ...of(({ cpu }) => cpu) },
      { what: "peak memory", unit: "MiB", ...of(({ memory }) => memory), aim: { of: "value", most: 120 } },
      { what: "first request", unit: "ms", ...of(firstRequest), aim: { of: "ratio", most: 2.5 } },
      { what: "reply to next request", unit: "ms", ...of(perTurn), aim: { of: "difference", most: 5 } },
      ...(body === undefined
        ? []
        : [
            {
              what: "system prompt and tools",
              unit: "tokens",
              ours: await tokens(body),
              aim: { of: "value", most: 2500 }
            } as const
          ])
    ]
  } finally {
    server.disconnect()
  }
}

export const bench: Bench = async (options) => {
  const program = builtProgram(options.root)
  const folder = await mkdtemp(join(tmpdir(), "kintsugi-bench-"))
  try {
    const agent = [process.execPath, program, "run", task, "-y", "-m", "litellm/bench"]
    return [...(await compare(agent, options, folder)), await versionFigure(program, options.runs, folder)]
  } finally {
    await rm(folder, { recursive: true })
  }
}
