/** The last proof, V7: whether the types of a plugin's code still hold, checked by the TypeScript that the plugin itself has. */
import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join, relative, sep } from "node:path"
import * as Effect from "effect/Effect"
import type { Code, Sources } from "./code.ts"
import type { Proof } from "./strategy.ts"

/** Milliseconds for one run of the compiler. */
const patience = 60_000
/** Characters of what it says that are read. */
const mostSaid = 4 * 1024 * 1024

/**
 * Checks a copy of the plugin's folder, once as it runs now and once with the repair: only what is new counts. Slow
 * (seconds), so it comes last, off every call's way. Skipped, and said so, where there is no TypeScript or nothing to check.
 *
 * The compiler lies in the plugin's folder, so it is no more trusted than the plugin: it runs under Node's permissions, may
 * read what it checks and its own files, write nothing and start nothing. One that starts a program of its own (TypeScript
 * 7) cannot run so, and is not run.
 *
 * @param sources The repaired files, whole.
 */
export const typeCheck = (code: Code, sources: Sources): Effect.Effect<Proof> =>
  Effect.gen(function* () {
    if (![...sources.keys()].some((path) => /\.[cm]?tsx?$/.test(path))) return skipped("no file with types was changed")
    const compiler = compilerOf(code.root)
    if (compiler === undefined) return skipped("the plugin has no TypeScript of its own")
    const made = copyOf(code)
    return yield* Effect.acquireUseRelease(
      made,
      (folder) => compare(code, sources, folder, compiler),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    )
  }).pipe(Effect.catchDefect((defect) => Effect.succeed(skipped(`the types could not be checked: ${String(defect)}`))))

const skipped = (detail: string): Proof => ({ check: "V7", outcome: "skipped", detail })

/** Only one that is installed in the plugin's folder, so that no other version judges its types. */
const compilerOf = (root: string): string | undefined => {
  try {
    const found = createRequire(join(root, "package.json")).resolve("typescript/package.json")
    const bin = join(dirname(found), "bin", "tsc")
    return found.startsWith(join(root, "node_modules") + sep) && existsSync(bin) ? bin : realBin(root)
  } catch {
    return undefined
  }
}

/** The package may be a link to where it was installed. */
const realBin = (root: string): string | undefined => {
  const bin = join(root, "node_modules", "typescript", "bin", "tsc")
  return existsSync(bin) ? realpathSync(bin) : undefined
}

/** Its own files without what is installed, which is linked. */
const copyOf = ({ root }: Code): Effect.Effect<string> =>
  Effect.sync(() => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-types-")))
    cpSync(root, folder, { recursive: true, filter: (path) => !isInstalled(relative(root, path)) })
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction")
    return folder
  })

const isInstalled = (path: string): boolean =>
  path.split(sep).some((part) => part === "node_modules" || part === ".git")

const compare = (code: Code, sources: Sources, folder: string, compiler: string) =>
  Effect.gen(function* () {
    const place = (path: string) => join(folder, relative(code.root, path))
    const args = argumentsFor(folder, [...sources.keys()].map(place))
    const readable = [folder, join(code.root, "node_modules"), dirname(dirname(compiler))]
    const check = Effect.map(run(folder, compiler, args, readable), errorsIn)
    for (const file of code.files()) writeFileSync(place(file), code.read(file) ?? "")
    const before = yield* check
    for (const [path, text] of sources) writeFileSync(place(path), text)
    const after = yield* check
    const added = after.filter((error) => !before.includes(error))
    const detail = added.length === 0 ? "no new error of types" : `${added.length} new errors of types: ${added[0]}`
    return { check: "V7", outcome: added.length === 0 ? "passed" : "failed", detail } as const
  })

/** What the compiler finds wrong, without places: a repair moves lines about. */
const errorsIn = (said: string): ReadonlyArray<string> =>
  said.split("\n").flatMap((line) => {
    const [, file, error] = /^(.+?)\(\d+,\d+\): (error TS\d+: .*)$/.exec(line) ?? []
    return file === undefined || error === undefined ? [] : [`${file}: ${error}`]
  })

/** As the plugin says in its tsconfig.json; else as Node runs it. */
const argumentsFor = (folder: string, files: ReadonlyArray<string>): ReadonlyArray<string> =>
  existsSync(join(folder, "tsconfig.json"))
    ? ["--noEmit", "--pretty", "false", "-p", folder]
    : [
        "--noEmit",
        "--pretty",
        "false",
        "--skipLibCheck",
        "--target",
        "es2024",
        "--module",
        "nodenext",
        "--moduleResolution",
        "nodenext",
        "--allowImportingTsExtensions",
        "--strict",
        ...files
      ]

/** Interrupting it ends the compiler. An exit code says only that there are errors; without any, that it did not run. */
const run = (folder: string, compiler: string, args: ReadonlyArray<string>, readable: ReadonlyArray<string>) =>
  Effect.callback<string>((resume) => {
    const options = { cwd: folder, timeout: patience, maxBuffer: mostSaid, env: {} }
    // Node reads a star as “whatever begins like this”.
    const named = readable.filter((path) => !path.includes("*"))
    const rights = ["--permission", ...named.map((path) => `--allow-fs-read=${path}`)]
    const child = execFile(process.execPath, [...rights, compiler, ...args], options, (error, said) => {
      const hasRun = error === null || (error.killed !== true && errorsIn(said).length > 0)
      resume(hasRun ? Effect.succeed(said) : Effect.die("the plugin's compiler did not run as it may run here"))
    })
    return Effect.sync(() => void child.kill("SIGKILL"))
  })
