/**
 * The question that chat asks at its start in a folder that nobody trusts: may its files configure us and run code?
 * Nothing of it is loaded before the answer. Default: no.
 */
import { createHash } from "node:crypto"
import { existsSync, realpathSync } from "node:fs"
import { join, relative } from "node:path"
import { ConfigError, type Ignored, loadConfig } from "../../actors/config.ts"
import { folders, homeOf, type Place } from "../../actors/folders.ts"
import { untrustedPlugins } from "../../actors/plugin/untrusted.ts"
import { replaceFile } from "../../actors/replace-file.ts"
import { withDefaults } from "../../actors/settings.ts"
import { openTrust } from "../../actors/trust.ts"
import { findProvider } from "../../llm/catalog/providers.ts"
import { CliError, type Io } from "./io.ts"
import { type Offers, offersOf } from "./trust-offers.ts"
import { oneLine, printable } from "./printable.ts"

/** What a folder has that is ignored as long as nobody trusts it. */
interface Wanted {
  readonly ignored: ReadonlyArray<Ignored>
  /** Names. */
  readonly plugins: ReadonlyArray<string>
  readonly offers: Offers
}

/** A yes is written down as `kintsugi trust` does. @throws CliError 130 for ctrl-c. */
export const askForTrust = async (io: Io, cwd: string): Promise<void> => {
  const place = { env: io.env, home: homeOf(io.env) }
  const trust = openTrust(place)
  if (trust.isTrusted(cwd) || isDeclined(place, cwd)) return
  const wanted = await wantedIn(cwd, place)
  const { ignored, plugins, offers } = wanted
  if (ignored.length + plugins.length + offers.hooks.length + offers.others.length === 0) return
  io.stdout.write(questionOf(cwd, wanted))
  const answer = await readAnswer(io)
  io.stdout.write(`${told[answer]}\n\n`)
  if (answer === "yes") trust.trust(cwd)
  if (answer === "never") decline(place, cwd)
}

/** A configuration that cannot be read is told by whoever loads it next. */
const wantedIn = async (cwd: string, place: Place): Promise<Wanted> => {
  const isProvider = (id: string): boolean => findProvider(id) !== undefined
  const config = await loadConfig({ cwd, ...place, trusted: false, isProvider }).catch((error: unknown) => {
    if (error instanceof ConfigError) return undefined
    throw error
  })
  const { ignored = [], settings = withDefaults() } = config ?? {}
  return { ignored, plugins: await untrustedPlugins(cwd), offers: await offersOf(place, cwd, settings) }
}

/** Names that are told of each kind. */
const most = 12

const questionOf = (cwd: string, { ignored, plugins, offers }: Wanted): string => {
  const files = [...new Set(ignored.map(fileOf))]
  const rows = files.map((file) => {
    const keys = ignored.filter((one) => fileOf(one) === file).map(({ key }) => key)
    const name = relative(cwd, file) || file
    return keys.length === 1 && keys[0] === name ? name : `${name}: ${listed(keys)}`
  })
  const code = plugins.length === 0 ? [] : [`plugins: ${listed(plugins)}`]
  const others = offers.others.map(({ kind, names }) => `${kind} (${names.length}): ${listed(names)}`)
  return `
${printable(oneLine(cwd, 200))} is not trusted, so this is ignored:
${[...rows, ...code, ...others]
  .map((row) => oneLine(row, 400))
  .concat(hookRows(cwd, offers))
  .map((row) => `  ${printable(row)}`)
  .join("\n")}
Trusted, it may run code as you and decide where your keys are sent.

  y  yes, trust it
  n  no (enter)
  d  no, and do not ask again
`
}

/** Whoever agrees to them has to see them, to their ends. */
const mostHooks = 20

/** Characters. */
const mostCommand = 1000

const whole = (command: string): string =>
  command.length > mostCommand
    ? `${command.slice(0, mostCommand)}… and ${command.length - mostCommand} characters more; see the file`
    : command

const hookRows = (cwd: string, { hooks }: Offers): ReadonlyArray<string> => [
  ...hooks
    .slice(0, mostHooks)
    .map(
      ({ path, event, command }) =>
        `${relative(cwd, path) || path} runs at ${event}: ${whole(command.replaceAll("\n", " ⏎ "))}`
    ),
  ...(hooks.length > mostHooks ? [`and ${hooks.length - mostHooks} commands more; see kintsugi hooks list`] : [])
]

/** Without the line. */
const fileOf = ({ where }: Ignored): string => where.replace(/:\d+$/, "")

const listed = (names: ReadonlyArray<string>): string =>
  names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`

type TrustAnswer = "yes" | "no" | "never"

const told: Readonly<Record<TrustAnswer, string>> = {
  yes: "Trusted; kintsugi trust --revoke takes it back.",
  no: "Not trusted.",
  never: "Not trusted, and not asked again; kintsugi trust trusts it later."
}

const answers: Readonly<Record<string, TrustAnswer>> = {
  y: "yes",
  n: "no",
  "": "no",
  "\u001b": "no",
  d: "never"
}

/** Milliseconds without a key after which the next one is meant for the question. */
const quiet = 300

/** One key. What is typed before anybody can have read the question is no answer: it goes on to the chat. */
const readAnswer = ({ stdin }: Io): Promise<TrustAnswer> =>
  new Promise((resolve, reject) => {
    const terminal = stdin as NodeJS.ReadStream // it is a terminal: whoever asks has looked
    const ahead: Array<Buffer> = []
    let readyAt = Date.now() + quiet
    const end = (settle: () => void): void => {
      terminal.off("data", listen).off("end", leave)
      terminal.setRawMode(false)
      terminal.pause()
      if (ahead.length > 0) terminal.unshift(Buffer.concat(ahead))
      settle()
    }
    const leave = (): void => end(() => resolve("no"))
    const listen = (chunk: Buffer): void => {
      const key = String(chunk)
      if (key.includes("\u0003")) return end(() => reject(new CliError(130, "")))
      const isEarly = Date.now() < readyAt
      const answer = isEarly ? undefined : answers[key.replace(/[\r\n]+$/, "").toLowerCase()]
      if (answer !== undefined) return end(() => resolve(answer))
      if (isEarly) ahead.push(Buffer.from(chunk))
      readyAt = Date.now() + quiet
    }
    terminal.setRawMode(true)
    terminal.on("data", listen).on("end", leave).resume()
  })

/** Remembered beside what is trusted. */
const declinedFile = (place: Place, cwd: string): string =>
  join(folders(place).state, "declined", createHash("sha256").update(realpathSync(cwd)).digest("hex").slice(0, 32))

const isDeclined = (place: Place, cwd: string): boolean => existsSync(declinedFile(place, cwd))

const decline = (place: Place, cwd: string): void => replaceFile(declinedFile(place, cwd), `${realpathSync(cwd)}\n`)
