/** `kintsugi config`: reads and changes the configuration. */
import { existsSync, readFileSync } from "node:fs"
import { Command, Option } from "commander"
import { stringify } from "yaml"
import { setKey, unsetKey, writtenValue } from "../../actors/config/edit.ts"
import { ConfigError, describeProblem, shown, type Problem } from "../../actors/config/error.ts"
import { hasReference } from "../../actors/config/expand.ts"
import { readConfig } from "../../actors/config/file.ts"
import { keyOf, keys, suggestion } from "../../actors/config/keys.ts"
import { mask } from "../../actors/config/mask.ts"
import { valueOf } from "../../actors/config/merge.ts"
import { template } from "../../actors/config/template.ts"
import { loadConfig, type Config } from "../../actors/config.ts"
import { homeOf, projectConfigFile, userConfigFile } from "../../actors/folders.ts"
import { replaceFile } from "../../actors/replace-file.ts"
import { openTrust } from "../../actors/trust.ts"
import { findProvider } from "../../llm/catalog/providers.ts"
import { isCommand } from "../../llm/keys.ts"
import { CliError, type Io } from "./io.ts"

interface Options {
  readonly global?: true
  readonly local?: true
  readonly json?: true
  readonly showSecrets?: true
}

export const configCommand = (io: Io): Command => {
  const group = new Command("config").description("read and change the configuration")
  const command = (
    usage: string,
    about: string,
    act: (options: Options, ...words: ReadonlyArray<string>) => void | Promise<void>
  ) =>
    group
      .command(usage)
      .description(about)
      .addOption(new Option("--global", "the user's file").conflicts("local"))
      .option("--local", "the file of this folder, ./.kintsugi/config.yaml")
      .action(async (...given: ReadonlyArray<unknown>) => {
        const words = given.slice(0, -2).filter((word) => typeof word === "string")
        // Commander passes the options before the command itself.
        await named(() => act(given.at(-2) as Options, ...words))
      })

  command(
    "get <key>",
    "print a value: the one in use, or with --global or --local as written there",
    (options, key = "") => get(io, options, key)
  )
    .option("--json", "as JSON, with where it comes from")
    .option("--show-secrets", "do not mask keys and tokens")
  command("set <key> <value>", "set a key, in the user's file unless --local", (options, key = "", value = "") =>
    set(io, options, key, value)
  )
  command("unset <key>", "remove a key, from the user's file unless --local", (options, key = "") =>
    unset(io, options, key)
  )
  command("list", "print every key with its value and where it comes from", (options) => list(io, options)).option(
    "--json"
  )
  command("path", "print where the files are", (options) => path(io, options)).option("--json")
  command("init", "write a file that shows and explains every key", (options) => init(io, options))
  command("validate", "check files and variables without running anything", (options) => validate(io, options)).option(
    "--json"
  )
  return group
}

/** What is wrong with a configuration is a usage error. */
const named = async (act: () => void | Promise<void>): Promise<void> => {
  try {
    await act()
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(2, error.message)
    throw error
  }
}

const placeOf = (io: Io) => ({ env: io.env, home: homeOf(io.env) })

const effective = (io: Io): Promise<Config> =>
  loadConfig({ ...placeOf(io), cwd: io.cwd, isProvider: (name) => findProvider(name) !== undefined })

const fileOf = (io: Io, { local }: Options): string => (local ? projectConfigFile(io.cwd) : userConfigFile(placeOf(io)))

const textOf = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, "utf8") : undefined)

const printJson = (io: Io, value: unknown): void => void io.stdout.write(`${JSON.stringify(value, null, 2)}\n`)

const warn = (io: Io, text: string): void => void io.stderr.write(`${text}\n`)

const get = async (io: Io, options: Options, key: string): Promise<void> => {
  const isSection = [...keys.keys()].some((path) => path.startsWith(`${key}.`))
  if (!isSection && keyOf(key) === undefined) throw new CliError(2, `${shown(key)} is not a key${suggestion(key)}`)
  const file = fileOf(io, options)
  const config = options.global || options.local ? undefined : await effective(io)
  const found = config === undefined ? writtenValue(textOf(file) ?? "", key) : valueOf(config.settings, key)
  const value = options.showSecrets ? found : mask(key, found)
  if (options.json)
    return printJson(io, { key, value: value ?? null, source: config === undefined ? file : sourceOf(config, key) })
  if (value === undefined || value === null) throw new CliError(1, `${key} is not set`)
  io.stdout.write(typeof value === "object" ? stringify(value, { lineWidth: 0 }) : `${String(value)}\n`)
}

const sourceOf = ({ sources }: Config, key: string): string =>
  sources[keyOf(key)?.path ?? key]
    ?.map(({ from, where }) => (where === undefined ? from : `${from} ${where}`))
    .join(" + ") ?? "default"

const set = async (io: Io, options: Options, key: string, value: string): Promise<void> => {
  const file = fileOf(io, options)
  const changed = setKey(textOf(file) ?? "", key, value, io.env)
  const { offerStore } = isKeyInPlain(key, value) ? await import("./config-key.ts") : { offerStore: undefined }
  if ((await offerStore?.(io, key, value, file)) === "stored") return
  replaceFile(file, changed)
  const written = mask(key, value)
  warn(io, `${key} is ${shown(written)} in ${file}`)
  if (options.local && written !== value)
    warn(io, `A secret now stands in a project's file: keep it out of version control, or write "\${NAME}" instead.`)
  if (options.local && !openTrust(placeOf(io)).isTrusted(io.cwd)) {
    warn(
      io,
      "This folder is not trusted, so this counts only if it asks for less; to trust it, run `kintsugi trust` in it."
    )
  }
}

/** A provider's key that would stand there as it is: neither a variable nor a command that prints it. */
const isKeyInPlain = (key: string, value: string): boolean =>
  /^llm\.(api_key|providers\.[^.]+\.api_key)$/.test(key) && !hasReference(value) && !isCommand(value)

const unset = (io: Io, options: Options, key: string): void => {
  const file = fileOf(io, options)
  const changed = unsetKey(textOf(file) ?? "", key)
  if (changed === undefined) throw new CliError(1, `${key} is not in ${file}`)
  replaceFile(file, changed)
  warn(io, `${key} is removed from ${file}`)
}

const list = async (io: Io, options: Options): Promise<void> => {
  const file = options.global || options.local ? fileOf(io, options) : undefined
  const rows = file === undefined ? await rowsInUse(io) : rowsWritten(file)
  if (options.json) return printJson(io, rows)
  for (const { key, value, source, ignored } of rows) {
    const note = ignored === undefined ? "" : `; ${ignored} is ignored, the folder is not trusted`
    io.stdout.write(`${[`${key}:`, ...(value === null ? [] : [inline(value)]), `# ${source}${note}`].join(" ")}\n`)
  }
}

interface Row {
  readonly key: string
  readonly value: unknown
  readonly source: string
  /** Where an untrusted folder names it in vain. */
  readonly ignored?: string
}

const inline = (value: unknown): string => stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd()

const rowsInUse = async (io: Io): Promise<ReadonlyArray<Row>> => {
  const config = await effective(io)
  for (const notice of config.notices) warn(io, notice)
  return [...keys.keys()].map((key) => {
    const ignored = config.ignored.find((other) => other.key === key)?.where
    const row = { key, value: mask(key, valueOf(config.settings, key)) ?? null, source: sourceOf(config, key) }
    return ignored === undefined ? row : { ...row, ignored }
  })
}

const rowsWritten = (file: string): ReadonlyArray<Row> => {
  const text = textOf(file) ?? ""
  return [...keys.keys()].flatMap((key) => {
    const value = writtenValue(text, key)
    return value === undefined ? [] : [{ key, value: mask(key, value), source: file }]
  })
}

const path = (io: Io, options: Options): void => {
  const trusted = openTrust(placeOf(io)).isTrusted(io.cwd)
  const files = [
    { name: "user", path: userConfigFile(placeOf(io)), asked: !options.local },
    { name: "project", path: projectConfigFile(io.cwd), asked: !options.global, trusted }
  ].flatMap(({ asked, ...file }) => (asked ? [{ ...file, exists: existsSync(file.path) }] : []))
  if (options.json) return printJson(io, files)
  for (const file of files) {
    const states = [
      file.exists ? "exists" : "does not exist",
      ...(file.trusted === false ? ["folder not trusted"] : [])
    ]
    io.stdout.write(`${file.name}\t${file.path}\t${states.join(", ")}\n`)
  }
}

const init = (io: Io, options: Options): void => {
  const file = fileOf(io, options)
  if (existsSync(file)) throw new CliError(1, `${file} exists already; change it with kintsugi config set`)
  replaceFile(file, template())
  io.stdout.write(`${file}\n`)
}

const validate = async (io: Io, options: Options): Promise<void> => {
  const one = options.global || options.local ? fileOf(io, options) : undefined
  const { problems, notices } = one === undefined ? await checkAll(io) : { problems: checkFile(io, one), notices: [] }
  for (const notice of notices) warn(io, notice)
  if (options.json) printJson(io, { valid: problems.length === 0, problems, notices })
  else if (problems.length === 0) io.stdout.write("valid\n")
  if (problems.length > 0) throw new CliError(2, options.json ? "" : problems.map(describeProblem).join("\n"))
}

interface Checked {
  readonly problems: ReadonlyArray<Problem>
  readonly notices: ReadonlyArray<string>
}

const checkAll = async (io: Io): Promise<Checked> => {
  try {
    return { problems: [], notices: (await effective(io)).notices }
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems, notices: [] }
    throw error
  }
}

/** As far as it can be said of one file alone: variables may be set elsewhere. */
const checkFile = (io: Io, file: string): ReadonlyArray<Problem> => {
  const text = textOf(file)
  if (text === undefined) throw new CliError(1, `${file} does not exist; kintsugi config init writes one`)
  return readConfig(file, text, io.env, "check").problems
}
