/** npm, as it may be run for somebody else's code: no scripts, no questions, nobody's settings but where the registry is. */
import { type ChildProcess, spawn } from "node:child_process"
import * as Effect from "effect/Effect"
import { RepairFailed } from "../strategy.ts"
import { hasNoSuchVersion, type Meanings, noSuchVersion, type NpmEnd, npmProblem } from "./npm-problem.ts"

export type Environment = Readonly<Record<string, string | undefined>>

export interface NpmRun {
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Environment
}

/** Interrupting it ends npm and all that it started. */
export type RunNpm = (run: NpmRun) => Effect.Effect<NpmEnd>

/** On the command line, where they stand above every `.npmrc` and variable. An npm that does not know one only warns. */
const always: ReadonlyArray<string> = [
  "--ignore-scripts",
  "--json",
  "--location=project",
  "--install-strategy=hoisted",
  "--package-lock=true",
  "--lockfile-version=3",
  "--dry-run=false",
  "--workspaces=false",
  "--strict-peer-deps=false",
  "--legacy-peer-deps=false",
  "--force=false",
  "--omit=dev",
  "--include=optional",
  "--include=peer",
  "--audit=false",
  "--fund=false",
  "--update-notifier=false",
  "--progress=false"
]

/** On whose word npm is run: what it may do besides, and what its refusals mean then. */
export interface Terms {
  readonly settings: ReadonlyArray<string>
  readonly meanings: Meanings
}

/** For a repair, which nobody has asked for: packages of the registry and nothing else, quickly or not at all. */
const forRepair: Terms = {
  settings: [
    "--bin-links=false",
    "--allow-git=none",
    "--allow-remote=none",
    "--allow-file=none",
    "--allow-directory=none",
    "--loglevel=error",
    "--prefer-offline",
    // The caller has a deadline, and the next failure tries again.
    "--fetch-retries=0",
    "--fetch-timeout=20000"
  ],
  meanings: [
    [noSuchVersion, "a package that it needs has no version in range that is at least seven days old"],
    [/^EALLOW\w+$/, "it needs something from elsewhere than the registry"],
    [
      /^EUSAGE$/,
      "the plugin's package-lock.json does not hold all that it needs; run npm install in the plugin's folder"
    ]
  ]
}

/** Asks the registry again for what npm remembers of it. */
export const online: ReadonlyArray<string> = ["--prefer-offline=false", "--prefer-online"]

/** What npm needs to run at all, and to reach the registry: proxies, certificates, logins to it. No other settings. */
const needed =
  /^(PATH|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|SYSTEMROOT|COMSPEC|PATHEXT|TMPDIR|TEMP|TMP|LANG|LC_\w+|XDG_\w+|(HTTPS?_|NO_|ALL_)?PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|NPM_TOKEN|NODE_AUTH_TOKEN)$/i
const neededSettings =
  /^npm_config_(registry|cache|userconfig|globalconfig|proxy|(https?|no)_?proxy|ca|cafile|cert|key|strict[_-]ssl|(@|\/\/).*)$/i

/** @param more Names of variables that npm needs besides. */
export const npmEnvironment = (env: Environment, more?: RegExp): Environment =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => needed.test(name) || neededSettings.test(name) || more?.test(name) === true)
  )

/**
 * npm with all its settings, in one folder. What it remembers of the registry may be too old to find a version in it: then
 * it is run once more. @returns what it wrote to standard output.
 */
export type Npm = (args: ReadonlyArray<string>) => Effect.Effect<string, RepairFailed>

export const npmIn = (folder: string, env: Environment, run: RunNpm, terms = forRepair): Npm => {
  // The prefix, so that npm looks nowhere else for a project, its settings or a workspace.
  const start = (args: ReadonlyArray<string>) =>
    run({ args: [...always, ...terms.settings, `--prefix=${folder}`, ...args], cwd: folder, env })
  return (args) =>
    Effect.gen(function* () {
      const first = yield* start(args)
      const end = hasNoSuchVersion(first) ? yield* start([...args, ...online]) : first
      return end.code === 0 ? end.stdout : yield* new RepairFailed({ reason: npmProblem(end, terms.meanings) })
    })
}

export interface Spawning {
  /** Names of variables that npm may see besides those that it always needs. */
  readonly more?: RegExp
  /** Hears what npm writes to standard error, piece by piece. */
  readonly hear?: (text: string) => void
}

/** Runs npm as found on the PATH. */
export const spawnNpm: RunNpm = (run) => spawning({})(run)

export const spawning =
  ({ more, hear }: Spawning): RunNpm =>
  ({ args, cwd, env }) =>
    Effect.callback((resume) => {
      const child = spawn("npm", args, {
        cwd,
        env: npmEnvironment(env, more),
        // A process group of its own, so that all of it can be ended.
        detached: true,
        windowsHide: true,
        stdio: ["ignore", "pipe", "pipe"]
      })
      const stdout = gather(child.stdout, () => kill(child))
      const stderr = gather(child.stderr, () => kill(child))
      if (hear !== undefined) child.stderr.on("data", (part: Buffer) => hear(part.toString("utf8")))
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
