/** `kintsugi mcp add|remove`: servers in the configuration, every comment there left as it is. */
import { existsSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { setValue, unsetKey, writtenValue } from "../../../actors/config/edit.ts"
import { ConfigError } from "../../../actors/config/error.ts"
import { hasReference } from "../../../actors/config/expand.ts"
import { homeOf, projectConfigFile, userConfigFile } from "../../../actors/folders.ts"
import { replaceFile } from "../../../actors/replace-file.ts"
import { openTrust } from "../../../actors/trust.ts"
import { CliError, type Io } from "../io.ts"

export interface AddOptions {
  readonly name: string
  /** A program, or an address. */
  readonly target: string
  readonly args: ReadonlyArray<string>
  readonly transport?: "stdio" | "http" | "sse"
  readonly env: ReadonlyArray<string>
  readonly header: ReadonlyArray<string>
  readonly timeout?: string
  readonly local?: true
}

type Place = Pick<AddOptions, "local">

const fileOf = (io: Io, { local }: Place): string =>
  local ? projectConfigFile(io.cwd) : userConfigFile({ env: io.env, home: homeOf(io.env) })

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "")

/** A dot in it would begin another key. */
const keyOf = (name: string): string => {
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(name)) return `mcp.servers.${name}`
  throw new CliError(2, `${JSON.stringify(name)} cannot be a server's name here: 1 to 64 letters, digits, _ or -`)
}

export const addServer = (io: Io, options: AddOptions): void => {
  const key = keyOf(options.name)
  const file = fileOf(io, options)
  const text = textOf(file)
  const changed = named(() => {
    if (writtenValue(text, key) !== undefined)
      throw new CliError(
        1,
        `${options.name} is in ${file} already; take it away with: kintsugi mcp remove ${options.name}`
      )
    return setValue(text, key, entryOf(options), io.env)
  })
  replaceFile(file, changed)
  io.stderr.write(`${options.name} is added to ${file}; try it with: kintsugi mcp list\n`)
  warnOfSecrets(io, options, file)
  if (options.local && !openTrust({ env: io.env, home: homeOf(io.env) }).isTrusted(resolve(io.cwd)))
    io.stderr.write("This folder is not trusted, so it does not count yet; to trust it, run `kintsugi trust` in it.\n")
}

/** What is wrong with a configuration is a usage error. */
const named = <Result>(act: () => Result): Result => {
  try {
    return act()
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(2, error.message)
    throw error
  }
}

const entryOf = ({ target, args, transport, env, header, timeout }: AddOptions): object => {
  const isAddress =
    transport === "http" || transport === "sse" || (transport === undefined && /^https?:\/\//.test(target))
  if (isAddress && (args.length > 0 || env.length > 0))
    throw new CliError(2, "an address takes --header, and neither arguments nor --env")
  if (!isAddress && header.length > 0) throw new CliError(2, "a command takes --env and no --header")
  const limit = timeout === undefined ? {} : { timeout: secondsIn(timeout) }
  if (isAddress) {
    const type = transport === "sse" ? { type: transport } : {}
    return {
      ...type,
      url: target,
      ...some("headers", pairs(header, /^([^:=\s]+)\s*[:=]\s*(.*)$/s, "Name: value")),
      ...limit
    }
  }
  return {
    command: target,
    ...(args.length > 0 && { args }),
    ...some("env", pairs(env, /^([^=\s]+)=(.*)$/s, "NAME=value")),
    ...limit
  }
}

const secondsIn = (text: string): number => {
  const seconds = Number(text)
  if (text.trim() !== "" && Number.isFinite(seconds)) return seconds
  throw new CliError(2, `--timeout takes seconds, not ${text}`)
}

const some = (name: string, texts: Readonly<Record<string, string>>) =>
  Object.keys(texts).length === 0 ? {} : { [name]: texts }

/** A name alone stands for the variable of that name. */
const pairs = (given: ReadonlyArray<string>, form: RegExp, expected: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    given.map((one) => {
      const [, name, value] = form.exec(one) ?? []
      if (name !== undefined && value !== undefined) return [name, value]
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(one) && expected.startsWith("NAME")) return [one, `\${${one}}`]
      throw new CliError(2, `expected ${expected}, not ${JSON.stringify(one.split(/[=:]/, 1)[0])}`)
    })
  )

/** What stands there can be read by whoever reads the file. */
const warnOfSecrets = (io: Io, { env, header, local }: AddOptions, file: string): void => {
  const plain = [...env, ...header].filter(
    (one) =>
      /[=:]/.test(one) &&
      !hasReference(one) &&
      /key|token|secret|password|authorization/i.test(one.split(/[=:]/, 1)[0] ?? "")
  )
  if (plain.length === 0) return
  const advice = 'write "${NAME}" instead, and set the variable'
  io.stderr.write(
    local
      ? `A secret may stand in a project's file now (${file}): keep it out of version control, or ${advice}.\n`
      : `A secret may stand in ${file} now: better ${advice}.\n`
  )
}

export const removeServer = (io: Io, name: string, options: Place): void => {
  const file = fileOf(io, options)
  const changed = named(() => unsetKey(textOf(file), keyOf(name)))
  if (changed === undefined)
    throw new CliError(1, `${name} is not in ${file}; kintsugi mcp list --json says where it is configured`)
  replaceFile(file, changed)
  io.stderr.write(`${name} is removed from ${file}\n`)
}
