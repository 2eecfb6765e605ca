/** npm, as it may be run for somebody else's code: no scripts, no questions, nobody's settings but where the registry is. */
import { type ChildProcess, spawn } from "node:child_process"
import * as Effect from "effect/Effect"
import * as z from "zod"
import { RepairFailed } from "../strategy.ts"

export type Environment = Readonly<Record<string, string | undefined>>

export interface NpmRun {
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Environment
}

/** How npm ended; `code` is `undefined` when it was not there or was killed. */
export interface NpmEnd {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Interrupting it ends npm and all that it started. */
export type RunNpm = (run: NpmRun) => Effect.Effect<NpmEnd>

/** On the command line, where they stand above every `.npmrc` and variable. An npm that does not know one only warns. */
const settings: ReadonlyArray<string> = [
  "--ignore-scripts",
  "--json",
  "--location=project",
  "--install-strategy=hoisted",
  "--package-lock=true",
  "--lockfile-version=3",
  "--dry-run=false",
  "--workspaces=false",
  "--bin-links=false",
  "--strict-peer-deps=false",
  "--legacy-peer-deps=false",
  "--force=false",
  "--omit=dev",
  "--include=optional",
  "--include=peer",
  "--allow-git=none",
  "--allow-remote=none",
  "--allow-file=none",
  "--allow-directory=none",
  "--audit=false",
  "--fund=false",
  "--update-notifier=false",
  "--progress=false",
  "--loglevel=error",
  "--prefer-offline",
  // The caller has a deadline, and the next failure tries again.
  "--fetch-retries=0",
  "--fetch-timeout=20000"
]

/** Asks the registry again for what npm remembers of it. */
export const online: ReadonlyArray<string> = ["--prefer-offline=false", "--prefer-online"]

/** What npm needs to run at all, and to reach the registry: proxies, certificates, logins to it. No other settings. */
const needed =
  /^(PATH|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|SYSTEMROOT|COMSPEC|PATHEXT|TMPDIR|TEMP|TMP|LANG|LC_\w+|XDG_\w+|(HTTPS?_|NO_|ALL_)?PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|NPM_TOKEN|NODE_AUTH_TOKEN)$/i
const neededSettings =
  /^npm_config_(registry|cache|userconfig|globalconfig|proxy|(https?|no)_?proxy|ca|cafile|cert|key|strict[_-]ssl|(@|\/\/).*)$/i

export const npmEnvironment = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => needed.test(name) || neededSettings.test(name)))

/**
 * npm with all its settings, in one folder. What it remembers of the registry may be too old to find a version in it: then
 * it is run once more. @returns what it wrote to standard output.
 */
export type Npm = (args: ReadonlyArray<string>) => Effect.Effect<string, RepairFailed>

export const npmIn = (folder: string, env: Environment, run: RunNpm): Npm => {
  // The prefix, so that npm looks nowhere else for a project, its settings or a workspace.
  const start = (args: ReadonlyArray<string>) =>
    run({ args: [...settings, `--prefix=${folder}`, ...args], cwd: folder, env })
  return (args) =>
    Effect.gen(function* () {
      const first = yield* start(args)
      const end = hasNoSuchVersion(first) ? yield* start([...args, ...online]) : first
      return end.code === 0 ? end.stdout : yield* new RepairFailed({ reason: npmProblem(end) })
    })
}

/** Runs npm as found on the PATH. */
export const spawnNpm: RunNpm = ({ args, cwd, env }) =>
  Effect.callback((resume) => {
    const child = spawn("npm", args, {
      cwd,
      env: npmEnvironment(env),
      // A process group of its own, so that all of it can be ended.
      detached: true,
      windowsHide: true,
      stdio: ["ignore", "pipe", "pipe"]
    })
    const stdout = gather(child.stdout, () => kill(child))
    const stderr = gather(child.stderr, () => kill(child))
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()))
    child.once("error", ({ message }) => resume(Effect.succeed({ code: undefined, stdout: "", stderr: message })))
    child.once("close", (code) =>
      resume(Effect.succeed({ code: code ?? undefined, stdout: stdout(), stderr: stderr() }))
    )
    return Effect.promise(async () => {
      if (child.pid === undefined) return
      kill(child)
      await closed
    })
  })

/** Bytes; the papers of a package with thousands of versions are some 500 KB. */
const mostOutput = 16 * 1024 * 1024

const gather = (stream: NodeJS.ReadableStream, overflow: () => void): (() => string) => {
  const parts: Array<Buffer> = []
  let bytes = 0
  stream.on("data", (part: Buffer) => {
    bytes += part.length
    if (bytes > mostOutput) overflow()
    else parts.push(part)
  })
  return () => Buffer.concat(parts).toString("utf8")
}

const kill = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
  } catch {
    // It has ended by itself in the meantime.
  }
}

const Refusal = z.object({ error: z.object({ code: z.string(), summary: z.string().default("") }) })

const refusalOf = (end: NpmEnd) => Refusal.safeParse(jsonOf(end.stdout)).data?.error

const noSuchVersion = /^(ETARGET|ENOVERSIONS)$/

const hasNoSuchVersion = (end: NpmEnd): boolean => end.code !== 0 && noSuchVersion.test(refusalOf(end)?.code ?? "")

const meanings: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /^(ECONN\w+|ENOTFOUND|EAI_\w+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|ENOTCACHED)$/,
    "the registry cannot be reached; try again when there is a network"
  ],
  [/^EINTEGRITY$/, "what the registry delivered does not match its checksum, so nothing of it was kept"],
  [noSuchVersion, "a package that it needs has no version in range that is at least seven days old"],
  [/^E404$/, "the registry does not have it"],
  [/^(E401|E403|ENEEDAUTH)$/, "the registry does not give it out without a login"],
  [/^EALLOW\w+$/, "it needs something from elsewhere than the registry"],
  [
    /^EUSAGE$/,
    "the plugin's package-lock.json does not hold all that it needs; run npm install in the plugin's folder"
  ],
  [/^EBADPLATFORM$/, "it is not made for this system"]
]

/** Why npm did not do it, in one line. */
const npmProblem = (end: NpmEnd): string => {
  const { code, stderr } = end
  if (code === undefined) return `npm could not be run: ${firstLine(stderr) || "it was killed"}`
  const refusal = refusalOf(end)
  const meaning = meanings.find(([pattern]) => pattern.test(refusal?.code ?? ""))?.[1]
  const said = refusal === undefined ? firstLine(stderr) : `${refusal.code}: ${firstLine(refusal.summary)}`
  return meaning === undefined ? `npm failed with ${said || `code ${code}`}` : `${meaning} (${refusal?.code})`
}

/** @returns `undefined` when it is no JSON. */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const firstLine = (text: string): string => (text.trim().split("\n")[0] ?? "").slice(0, 300)
