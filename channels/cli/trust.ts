/** `kintsugi trust`: says which folders may configure us and run code. */
import { resolve } from "node:path"
import { Command } from "commander"
import { homeOf } from "../../actors/folders.ts"
import { openTrust, trustsAll } from "../../actors/trust.ts"
import { CliError, type Io } from "./io.ts"

export const trustCommand = (io: Io): Command =>
  new Command("trust")
    .description("trust a folder's own configuration, .env, plugins, MCP servers and skills")
    .argument("[dir]", "default: this folder; folders inside it are not included")
    .option("--revoke", "take the trust back")
    .action((dir: string | undefined, { revoke }: { revoke?: true }) => {
      const folder = resolve(io.cwd, dir ?? ".")
      const trust = openTrust({ env: io.env, home: homeOf(io.env) })
      if (revoke) {
        const was = trust.revoke(folder)
        io.stderr.write(was ? `${folder} is no longer trusted\n` : `${folder} was not trusted\n`)
        if (trustsAll(io.env)) io.stderr.write("KINTSUGI_TRUST=1 is set: every folder is trusted all the same\n")
        return
      }
      io.stderr.write(`${trusted(() => trust.trust(folder))} is trusted; take it back with: kintsugi trust --revoke\n`)
    })

const trusted = (decide: () => string): string => {
  try {
    return decide()
  } catch (error) {
    throw new CliError(1, error instanceof Error ? error.message : String(error))
  }
}
