/** `kintsugi auth`: stores keys of providers, and says by name which keys there are. */
import { Command } from "commander"
import { login } from "./auth-login.ts"
import { CliError, type Io } from "./io.ts"
import { keySources, openKeyring, told } from "./key-sources.ts"
import { printable } from "./printable.ts"

export const authCommand = (io: Io): Command => {
  const group = new Command("auth").description("store keys of providers, and see which there are")
  group
    .command("login")
    .description("store a key: asked for in a terminal, else read from standard input")
    .argument("[provider]", "its id, as in kintsugi providers")
    .option("--value <name=value>", "what a variable of the provider's address stands for; may be repeated", also)
    .action((provider: string | undefined, { value = [] }: { value?: ReadonlyArray<string> }) =>
      friendly(() => login(io, provider, value))
    )
  group
    .command("list")
    .description("providers that have a key, and where it comes from")
    .option("--json")
    .action((options: { json?: true }) => list(io, options))
  group
    .command("logout")
    .description("forget what is stored for a provider")
    .argument("<provider>")
    .action((provider: string) => friendly(() => logout(io, provider)))
  return group
}

const also = (text: string, before: ReadonlyArray<string> = []): ReadonlyArray<string> => [...before, text]

/** What is wrong with the store is told, not thrown with a stack. */
const friendly = async (act: () => Promise<void>): Promise<void> => {
  try {
    await act()
  } catch (error) {
    if (error instanceof Error && error.name === "KeyStoreError") throw new CliError(1, error.message)
    throw error
  }
}

const list = async (io: Io, { json }: { json?: true }): Promise<void> => {
  const ring = await openKeyring(io)
  const { keys, providers } = ring
  const problems = [keys.problem(), ...keys.flaws()].filter((one) => one !== undefined)
  for (const problem of problems) io.stderr.write(`${printable(problem)}\n`)
  const known = new Set(providers.map(({ id }) => id))
  const strangers = keys.all().filter((id) => !known.has(id))
  const rows = [
    ...providers.map((one) => ({ provider: one.id, name: one.name, sources: keySources(one, ring) })),
    ...strangers.map((id) => ({ provider: id, name: "not a provider here", sources: [stored] }))
  ]
    .map((row) => ({ ...row, ...placesOf(keys.variables(row.provider)) }))
    .filter(({ sources, values = [] }) => sources.length + values.length > 0)
  if (json) return void io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  if (rows.length === 0) io.stderr.write("No keys. To store one: kintsugi auth login\n")
  for (const { provider, name, sources, values } of rows) {
    const places = values === undefined ? "" : ` (${values.join(" and ")} stored)`
    io.stdout.write(`${printable(`${provider}  ${name}  ${told(sources) || "no key"}${places}`)}\n`)
  }
}

/** What is stored for the provider's address, by name only. */
const placesOf = (values: ReadonlyArray<string>): { readonly values?: ReadonlyArray<string> } =>
  values.length === 0 ? {} : { values }

const stored = { from: "store", name: "auth.json" } as const

const logout = async (io: Io, id: string): Promise<void> => {
  const ring = await openKeyring(io)
  const { forgetKey } = await import("../../actors/keys/write-key.ts")
  if (!forgetKey(ring.path, id)) throw new CliError(1, `nothing is stored for ${id}; see: kintsugi auth list`)
  io.stderr.write(`What was stored for ${printable(id)} is gone from ${ring.path}.\n`)
  const provider = ring.providers.find((one) => one.id === id)
  const left = provider === undefined ? [] : keySources(provider, ring)
  if (left.length > 0) io.stderr.write(`It still has a key: ${told(left)}.\n`)
}
