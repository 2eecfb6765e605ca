/** What a running tool asks, asked in a terminal line by line. */
import { once } from "node:events"
import { createInterface, type Interface } from "node:readline/promises"
import type { Field, FieldValue, Inquiry, InquiryReply } from "../../plugins/inquiry.ts"
import { addressParts, titleOf, warningOf } from "../../plugins/inquiry/words.ts"
import { fieldLines, readLine } from "../form-line.ts"
import type { Io } from "./io.ts"
import { oneLine, styled } from "./printable.ts"

const ended = Symbol("the end of the input")

export interface InquireOptions {
  /** The question is no longer wanted. */
  readonly signal?: AbortSignal
  /** The tool that asks, and for whom. */
  readonly whose?: string
}

/** Never rejects. Where standard input is no terminal nobody is asked. */
export const inquireInTerminal = async (
  io: Io,
  inquiry: Inquiry,
  { signal, whose }: InquireOptions = {}
): Promise<InquiryReply> => {
  if (!io.stdin.isTTY || !io.stderr.isTTY)
    return { action: "cancel", reason: "there is no terminal to ask in; run it in one, or say it beforehand" }
  const { reveal } = await import("../terminal/text/text.ts")
  const show = (text: string): void => void io.stderr.write(`${reveal(text)}\n`)
  const lines = createInterface({ input: io.stdin, output: io.stderr })
  // While a line is read the terminal sends the key and not the signal.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"))
  const closed = once(lines, "close").then((): typeof ended => ended)
  const stop = (): void => lines.close()
  signal?.addEventListener("abort", stop, { once: true })
  try {
    const who = oneLine(reveal(inquiry.from), 200)
    io.stderr.write(
      `\n${styled(io, "bold", who)} asks${whose === undefined ? "" : ` (${oneLine(reveal(whose), 80)})`}:\n`
    )
    show(inquiry.message)
    if (inquiry.url !== undefined) {
      const [before, host, after] = addressParts(inquiry.url).map(reveal)
      io.stderr.write(`${before}${styled(io, "bold", host ?? "")}${after}\n`)
    }
    show(warningOf(inquiry))
    const said = signal?.aborted === true ? undefined : await answers({ lines, closed, show }, inquiry)
    if (signal?.aborted === true) return { action: "cancel", reason: "the question was withdrawn" }
    return said === undefined ? { action: "decline" } : { action: "accept", content: said }
  } finally {
    signal?.removeEventListener("abort", stop)
    lines.close()
  }
}

interface Desk {
  readonly lines: Interface
  readonly closed: Promise<typeof ended>
  readonly show: (text: string) => void
}

/** @returns `undefined`: declined, also by the end of the input. */
const answers = async (desk: Desk, { fields = [], url }: Inquiry): Promise<Record<string, FieldValue> | undefined> => {
  if (fields.length > 0) desk.show("(ctrl-d declines)")
  const values: Array<readonly [string, FieldValue]> = []
  for (const field of fields) {
    const value = await answer(desk, field)
    if (value === ended) return undefined
    if (value !== undefined) values.push([field.name, value])
  }
  const agreed = fields.length > 0 ? "Send it?" : url === undefined ? "Yes?" : "Will you open it yourself?"
  const word = await read(desk, `${agreed} [y] yes  [n] no: `)
  return word !== ended && /^y(es)?$/i.test(word.trim()) ? Object.fromEntries(values) : undefined
}

type Read = string | typeof ended

const read = async ({ lines, closed }: Desk, prompt: string): Promise<Read> =>
  Promise.race([lines.question(prompt).catch((): Read => ended), closed])

/** Asks until it fits. */
const answer = async (desk: Desk, field: Field): Promise<FieldValue | undefined | typeof ended> => {
  fieldLines(field).forEach(desk.show)
  for (;;) {
    const line = await read(desk, "> ")
    if (line === ended) return ended
    const value = readLine(field, line)
    if ("value" in value) return value.value
    desk.show(`  ${titleOf(field)} ${value.problem}`)
  }
}
