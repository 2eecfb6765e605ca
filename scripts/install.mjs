/** Brings the dependencies and the project's own Node when they are not there yet. Plain JavaScript: any Node from 20 on runs it. */
import { spawn } from "node:child_process"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const windows = process.platform === "win32"
export const bin = `${root}node_modules/.bin`

const say = (line) => process.stderr.write(`kintsugi: ${line}\n`)

const readPackages = (file) => {
  try {
    return JSON.parse(readFileSync(`${root}${file}`, "utf8")).packages
  } catch {
    return undefined
  }
}

/**
 * Compares what package-lock.json wants with npm's own record of what it put into node_modules, which npm writes last:
 * after an interrupted installation there is none. Optional packages of other platforms may be absent.
 */
const isInstalled = () => {
  const wanted = readPackages("package-lock.json")
  const present = readPackages("node_modules/.package-lock.json")
  if (wanted === undefined) throw new Error(`${root}package-lock.json is missing or broken`)
  if (present === undefined) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/")) return true
    const found = present[path]
    return found === undefined ? entry.optional === true || entry.devOptional === true : found.version === entry.version
  })
}

/** Runs npm with its words kept back; who stops us stops it. @returns its exit code and those words. */
const npm = (args) =>
  new Promise((resolve) => {
    const child = spawn("npm", [...args, "--loglevel=error", "--no-fund", "--no-audit"], {
      cwd: root,
      shell: windows,
      stdio: ["ignore", "pipe", "pipe"]
    })
    let words = ""
    child.stdout.on("data", (data) => (words += data))
    child.stderr.on("data", (data) => (words += data))
    let stopped
    const stop = (signal) => child.kill((stopped = signal))
    process.on("SIGINT", stop).on("SIGTERM", stop)
    child.on("error", (error) => resolve({ code: 1, words: `npm cannot be started: ${error.message}` }))
    child.on("close", (code) => {
      process.off("SIGINT", stop).off("SIGTERM", stop)
      if (stopped !== undefined) process.exit(stopped === "SIGINT" ? 130 : 143)
      resolve({ code, words })
    })
  })

const install = async () => {
  const started = Date.now()
  say("installing dependencies with npm ci (about 500 MB, once)")
  let result = await npm(["ci"])
  if (result.code !== 0) {
    say("npm ci does not work here; trying npm install --no-save")
    const first = result.words
    result = await npm(["install", "--no-save"])
    if (result.code !== 0) result.words = `${first}\n${result.words}`
  }
  if (result.code !== 0) {
    say(`dependencies could not be installed; npm said:\n${result.words.trim()}`)
    process.exit(1)
  }
  say(`installed in ${Math.round((Date.now() - started) / 1000)} s`)
}

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === "EPERM"
  }
}

/** One installation at a time: the file holds the process id of whoever installs. @returns what gives the turn back. */
const takeTurn = async () => {
  const file = `${root}.installing`
  for (let told = false; ; told = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" })
      const release = () => rmSync(file, { force: true })
      process.on("exit", release)
      return release
    } catch (error) {
      if (error.code !== "EEXIST") throw error
    }
    const holder = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0
    if (holder > 0 && !isAlive(holder)) rmSync(file, { force: true })
    else if (!told) say("waiting for another start that is installing")
    await sleep(200)
  }
}

/** Installs when needed; says nothing and takes a few milliseconds when not. */
export const ensureInstalled = async () => {
  if (isInstalled()) return
  const release = await takeTurn()
  if (!isInstalled()) await install()
  release()
}

/** @returns the Node that the project brings, else the running one when it can run TypeScript. */
export const findNode = () => {
  const brought = `${bin}/node${windows ? ".cmd" : ""}`
  if (existsSync(brought)) return brought
  const [major, minor] = process.versions.node.split(".").map(Number)
  if ((major > 22 || (major === 22 && minor >= 19)) && process.features.typescript) return process.execPath
  say(
    `needs Node 22.19 or newer, this is ${process.versions.node}, and the one that npm brings (${brought}) is missing`
  )
  say("install a newer Node, or run npm ci without --ignore-scripts")
  process.exit(1)
}

/** Becomes the command, as nearly as Node can: same terminal, same signals, same end. */
export const become = (command, args, { cwd = process.cwd(), env = process.env } = {}) => {
  const child = spawn(command, args, { cwd, env, stdio: "inherit", shell: windows && command.endsWith(".cmd") })
  child.on("error", (error) => {
    say(`${command} cannot be started: ${error.message}`)
    process.exit(1)
  })
  // A terminal sends its own SIGINT to every process in front; sent on, it would arrive twice.
  const forward = (signal) => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal))
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, forward)
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
