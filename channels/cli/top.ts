/** `kintsugi top`: what runs in the kintsugi processes of this user, live in a terminal, once in a pipe, or as JSON. */
import { Command } from "commander"
import { homeOf } from "../../actors/folders.ts"
import type { Seen } from "../health/look.ts"
import { CliError, type Io } from "./io.ts"

interface TopOptions {
  readonly json?: true
  readonly once?: true
}

export const topCommand = (io: Io): Command =>
  new Command("top")
    .description("watch what runs in your kintsugi processes: their actors, what broke, what waits")
    .argument("[pid]", "only this process", processId)
    .option("--once", "print it once; so does standard output that is no terminal")
    .option("--json", "print a list with the health of each")
    .action((pid: number | undefined, options: TopOptions) => top(io, pid, options))

const processId = (text: string): number => {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new CliError(2, `top takes the id of a process, not ${text}`)
}

const top = async (io: Io, pid: number | undefined, { json, once }: TopOptions): Promise<void> => {
  const look = await looker(io)
  const only = async () => (await look()).filter((one) => pid === undefined || one.pid === pid)
  const seen = await only()
  if (json) printJson(io, seen)
  if (seen.length === 0 && (!json || pid !== undefined)) throw nothing(pid, await look())
  if (json) return
  if (isLive(io) && !once) await live(io, only)
  else await print(io, seen)
}

const looker = async (io: Io): Promise<() => Promise<ReadonlyArray<Seen>>> => {
  const { lookAround } = await import("../health/look.ts")
  const { socketFolders } = await import("../health/sockets.ts")
  const folders = socketFolders({ env: io.env, home: homeOf(io.env) })
  return () => lookAround(folders)
}

/** Those that cannot say how they are stand on standard error, not in the list. */
const printJson = (io: Io, seen: ReadonlyArray<Seen>): void => {
  io.stdout.write(
    `${JSON.stringify(
      seen.flatMap(({ health }) => health ?? []),
      null,
      2
    )}\n`
  )
  for (const { pid, trouble } of seen) if (trouble !== undefined) io.stderr.write(`${pid} ${trouble}\n`)
}

const nothing = (pid: number | undefined, others: ReadonlyArray<Seen>): CliError => {
  if (others.length > 0)
    return new CliError(1, `no kintsugi has the id ${pid}; running: ${others.map((one) => one.pid).join(", ")}`)
  return new CliError(
    1,
    'no kintsugi is running. Start one in another terminal, with kintsugi chat or kintsugi run "task"; it can be watched a second later.'
  )
}

const isLive = ({ stdin, stdout, env }: Io): boolean => Boolean(stdin.isTTY && stdout.isTTY) && env.TERM !== "dumb"

const live = async (io: Io, look: () => Promise<ReadonlyArray<Seen>>): Promise<void> => {
  // React's development build is slower and keeps a record of every render.
  process.env.NODE_ENV ??= "production"
  const { watch } = await import("../terminal/top/live.ts")
  const { themeOf } = await import("../terminal/text/paint.ts")
  await watch(process, themeOf("auto", io.env), look)
}

const print = async (io: Io, seen: ReadonlyArray<Seen>): Promise<void> => {
  const { paintAll, themeOf } = await import("../terminal/text/paint.ts")
  const { reportLines } = await import("../terminal/top/tree.ts")
  const theme = { ...themeOf("auto", io.env), ...(!io.stdout.isTTY && { colors: 0 as const }) }
  io.stdout.write(`${paintAll(reportLines(seen, Date.now()), theme)}\n`)
}
