/** `kintsugi a2a`: other agents, asked from the command line. It needs no model, and a configuration only for peers by name. */
import { Command } from "commander"
import type { Exchanged } from "../../plugins/a2a/exchange.ts"
import { peerOf } from "./a2a-peer.ts"
import { CliError, type Io } from "./io.ts"
import { printable } from "./printable.ts"
import { collect, signals } from "./serving.ts"

interface CardOptions {
  readonly json?: true
  readonly origin?: ReadonlyArray<string>
}

interface CallOptions extends CardOptions {
  readonly task?: string
  readonly context?: string
  readonly stream?: true
  readonly file?: ReadonlyArray<string>
  readonly save?: string
  readonly timeout?: number
}

/** What cannot be talked to, whatever the reason: neither the peer's failure (1) nor a wrong command line (2). */
const unreachable = 4

/** Seconds. */
const usualTimeout = 300

const originWords = "further origin at which the peer may be served, as its card says; may be given again"

export const a2aCommand = (io: Io): Command => {
  const group = new Command("a2a").description("show the cards of other agents, and ask them (A2A 1.0 and 0.3)")
  group
    .command("card")
    .description("who an agent is, and how it is talked to")
    .argument("<peer>", "its address, or the name of one in channels.a2a.peers")
    .option("--json", "the card as it is served")
    .option("--origin <origin>", originWords, collect)
    .action((peer: string, options: CardOptions) => showCard(io, peer, options))
  group
    .command("call")
    .description("send a message and wait for what comes of it; ctrl-c cancels the task at the peer")
    .argument("<peer>", "its address, or the name of one in channels.a2a.peers")
    .argument("<text>", "the message")
    .option("--task <id>", "go on with this task")
    .option("--context <id>", "a new task in the same conversation")
    .option("--stream", "print what it makes as it comes; with --json a line for each change")
    .option("--file <path>", "send this file with it; may be given again", collect)
    .option("--save <folder>", "write what it makes into this folder")
    .option("--json", "print the answer as one object")
    .option("--timeout <seconds>", `then the task is cancelled (default: ${usualTimeout})`, secondsIn)
    .option("--origin <origin>", originWords, collect)
    .addHelpText(
      "after",
      "\nThe token of an address: KINTSUGI_A2A_TOKEN. Exit: 0 completed, 1 failed or rejected, 3 input required, 4 unreachable."
    )
    .action((peer: string, text: string, options: CallOptions) => call(io, peer, text, options))
  return group
}

const secondsIn = (text: string): number => {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= 604_800) return seconds
  throw new CliError(2, `--timeout takes seconds, above 0 and at most 604800, not ${text}`)
}

const showCard = async (io: Io, named: string, { json, origin = [] }: CardOptions): Promise<void> => {
  const peer = await peerOf(io, named, origin)
  const [{ findCard }, { usualTimes }, { without }, { cardLines }] = await Promise.all([
    import("../../plugins/a2a/find-card.ts"),
    import("../../plugins/a2a/peer.ts"),
    import("../../plugins/a2a/words.ts"),
    import("./a2a-card.ts")
  ])
  const signal = new AbortController().signal
  const found = await reached(peer, findCard(peer, { fetch, signal, within: usualTimes.card }))
  const told = json ? JSON.stringify(found.served, null, 2) : (await cardLines(peer, found)).map(printable).join("\n")
  io.stdout.write(`${without(peer.token, told)}\n`)
}

const call = async (io: Io, named: string, text: string, options: CallOptions): Promise<void> => {
  const { task, context, origin = [], timeout = usualTimeout } = options
  const peer = await peerOf(io, named, origin)
  const [{ exchange }, { messageParts, saveInto }, { printer }] = await Promise.all([
    import("../../plugins/a2a/exchange.ts"),
    import("./a2a-files.ts"),
    import("./a2a-answer.ts")
  ])
  const parts = await messageParts(io, text, options.file ?? [])
  const printing = printer(io, peer, options)
  const { signal, code, off } = stoppable(io, printable(peer.name))
  try {
    const exchanging = exchange(
      peer,
      { parts, ...(task !== undefined && { taskId: task }), ...(context !== undefined && { contextId: context }) },
      { fetch, signal, late: AbortSignal.timeout(timeout * 1000), whenLate: "cancel", tell: printing.tell }
    )
    const exchanged = await reached(peer, exchanging)
    if (exchanged.end === "stopped") throw new CliError(await code, stoppedWords(exchanged))
    const saved = options.save === undefined ? undefined : await saveInto(io, peer, exchanged.view, options.save)
    printing.end(exchanged, saved)
    conclude(exchanged, printable(peer.name))
  } finally {
    off()
  }
}

/** Aborted when the process is asked to end; asked again, it ends at once. */
const stoppable = (io: Io, name: string): ReturnType<typeof signals> & { readonly signal: AbortSignal } => {
  const stop = new AbortController()
  const asked = signals((again) => {
    io.stderr.write(`Cancels the task at ${name}. (${again}: at once)\n`)
    stop.abort()
  })
  return { ...asked, signal: stop.signal }
}

/** Its failures end the command. */
const reached = async <Value>(peer: { readonly name: string }, value: Promise<Value>): Promise<Value> => {
  try {
    return await value
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "PeerError") throw error
    const isDoubtful = "kind" in error && error.kind === "unsure"
    const doubt = isDoubtful ? "; whether it has taken the message is not known" : ""
    throw new CliError(unreachable, printable(`${peer.name}: ${error.message}${doubt}`), "unreachable")
  }
}

const stoppedWords = ({ view: { taskId }, cancelled }: Exchanged): string => {
  if (taskId === undefined) return "stopped before the peer had named a task; it may have taken the message"
  const id = printable(taskId)
  return cancelled === true ? `task ${id} is cancelled` : `the peer has not confirmed that task ${id} is cancelled`
}

/** @throws CliError unless it is completed. */
const conclude = ({ view: { state, taskId }, end, cancelled }: Exchanged, name: string): void => {
  if (end === "late") {
    const what = cancelled === true ? "its task is cancelled" : "it has not confirmed that its task is cancelled"
    throw new CliError(unreachable, `${name} was not done in time; ${what}`, "timeout")
  }
  if (state === "completed") return
  const again = `call it again with --task ${printable(taskId ?? "")}`
  if (state === "input-required") throw new CliError(3, `${name} waits for an answer: ${again}`)
  if (state === "auth-required") throw new CliError(3, `${name} wants you to authenticate first; then ${again}`)
  throw new CliError(1, `${name}: ${state}`)
}
