/** The package as its users have it, built once for the sources as they are, and folders of strangers that import it. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs"
import { renameSync, rmSync, statSync, symlinkSync } from "node:fs"
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { hash } from "node:crypto"
import { dirname, join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { buildEverything } from "../scripts/build/everything.ts"

export const root = join(import.meta.dirname, "..")
/** Below node_modules, so that the package finds its dependencies. */
const packages = join(root, "node_modules/.cache/kintsugi-spec/packages")
const day = 86_400_000
/** Milliseconds that a build, or a program of theirs, may take on a machine that has other things to do. */
const longest = 120_000

/** @returns a folder that is laid out as node_modules/kintsugi. */
export const builtPackage = async (): Promise<string> => {
  const built = join(packages, sources())
  mkdirSync(packages, { recursive: true })
  for (const old of readdirSync(packages).map((name) => join(packages, name)))
    if (Date.now() - statSync(old).mtimeMs > day) rmSync(old, { recursive: true, force: true })
  while (!existsSync(built)) {
    if (await claimed(`${built}.claim`)) await make(built).finally(() => rmSync(`${built}.claim`, { recursive: true }))
    else await setTimeout(100)
  }
  return built
}

/** One spec file builds, the others wait for it; the claim of one that was killed is void after a while. */
const claimed = async (claim: string): Promise<boolean> => {
  try {
    mkdirSync(claim)
    return true
  } catch {
    const since = statSync(claim, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (Date.now() - since > longest) rmSync(claim, { recursive: true, force: true })
    return false
  }
}

const make = async (built: string): Promise<void> => {
  const folder = mkdtempSync(join(packages, "new-"))
  if ((await buildEverything(root, join(folder, "dist"))) === undefined)
    throw new Error("the types are wrong; see: npm run check")
  copyFileSync(join(root, "package.json"), join(folder, "package.json"))
  renameSync(folder, built)
}

/** All that it is made from, as one word. */
const sources = (): string => {
  const patterns =
    "{index.ts,package.json,tsconfig.json,{llm,healing,plugins,skills,machines,actors,channels,scripts}/**/*}"
  const files = globSync(patterns, { cwd: root, exclude: (name) => name === "node_modules" || name === "dist" })
    .filter((name) => /\.(ts|md|yaml|json|jsonl|css|html|svg)$/.test(name))
    .toSorted()
  const contents = files.map((name) => `${name}\0${readFileSync(join(root, name), "latin1")}`)
  return hash("sha256", contents.join("\0"), "hex").slice(0, 16)
}

export interface Stranger extends AsyncDisposable {
  /** Their project. */
  readonly cwd: string
  readonly write: (name: string, text: string) => Promise<string>
  /** Runs one of their programs to its end. */
  readonly run: (args: ReadonlyArray<string>, env?: NodeJS.ProcessEnv) => Promise<Ran>
  /** Starts one; it is killed at the end. */
  readonly start: (args: ReadonlyArray<string>, env?: NodeJS.ProcessEnv) => ChildProcess
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** @param others Packages of ours that they have too. */
export const stranger = async (others: ReadonlyArray<string> = []): Promise<Stranger> => {
  const kintsugi = await builtPackage()
  const cwd = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-stranger-")))
  for (const [name, place] of [
    ["kintsugi", kintsugi],
    ...others.map((name) => [name, join(root, "node_modules", name)])
  ])
    link(join(cwd, "node_modules", name ?? ""), place ?? "")
  const started: Array<ChildProcess> = []
  const environment = (env: NodeJS.ProcessEnv = {}) => ({
    PATH: process.env.PATH,
    HOME: cwd,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    ...env
  })
  const write = async (name: string, text: string): Promise<string> => {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    await writeFile(join(cwd, name), text)
    return join(cwd, name)
  }
  await write("package.json", `{ "private": true, "type": "module" }`)
  return {
    cwd,
    write,
    run: (args, env) =>
      new Promise((resolve) => {
        const options = { cwd, env: environment(env), timeout: longest }
        execFile(process.execPath, [...args], options, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
        )
      }),
    start: (args, env) => {
      const child = spawn(process.execPath, [...args], {
        cwd,
        env: environment(env),
        stdio: ["ignore", "pipe", "pipe"]
      })
      started.push(child)
      return child
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
        child.kill("SIGKILL")
        await once(child, "exit")
      }
      await rm(cwd, { recursive: true, force: true })
    }
  }
}

const link = (from: string, to: string): void => {
  mkdirSync(dirname(from), { recursive: true })
  symlinkSync(to, from)
}

/** What the compiler says of these files of a stranger's, with settings as strict as they come; empty: nothing. */
export const checked = async ({ cwd, write, run }: Stranger, files: ReadonlyArray<string>): Promise<string> => {
  const compilerOptions = {
    module: "nodenext",
    target: "es2024",
    lib: ["es2024", "esnext.disposable"],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
    noEmit: true,
    typeRoots: [join(root, "node_modules/@types")],
    types: ["node"]
  }
  await write("tsconfig.json", JSON.stringify({ compilerOptions, files }))
  const compiler = join(root, "node_modules/typescript/bin/tsc")
  // It ends before its collector of garbage has spared any memory.
  const { stdout, stderr } = await run([compiler, "--checkers", "1", "--pretty", "false", "-p", cwd], { GOGC: "off" })
  return stdout + stderr
}
