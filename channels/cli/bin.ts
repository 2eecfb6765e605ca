#!/usr/bin/env node
/** The program's first file: what must be quick or must work on an old Node stands here, all else is loaded after it. */
import { readFileSync } from "node:fs"
// As a whole: an old Node that lacks a name in it must still read this file to its message.
import * as nodeModule from "node:module"

const { version, engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string
  readonly engines: { readonly node: string }
}

const isOldNode = (): boolean => {
  const [needed = 0, minor = 0] = engines.node.replace(">=", "").split(".").map(Number)
  const [major = 0, at = 0] = process.versions.node.split(".").map(Number)
  return major < needed || (major === needed && at < minor)
}

const [first] = process.argv.slice(2)
if (isOldNode()) {
  process.stderr.write(`kintsugi needs Node ${engines.node}; this is ${process.version}.\n`)
  process.exitCode = 2
} else if (first === "--version" || first === "-V") {
  process.stdout.write(`${version}\n`)
} else {
  const { folders, homeOf } = await import("../../actors/folders.ts")
  const { env } = process
  // Not the default: in a shared temporary folder others could prepare code for us.
  nodeModule.enableCompileCache?.(`${folders({ env, home: homeOf(env) }).cache}/compiled`)
  const [{ start }, { quietAboutSqlite }] = await Promise.all([import("./main.ts"), import("./quiet.ts")])
  quietAboutSqlite()
  await start(version)
}
