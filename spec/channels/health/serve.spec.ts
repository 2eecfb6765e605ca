import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, mkdir, readdir, rename, stat, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { lookAround } from "../../../channels/health/look.ts"
import { serveHealth } from "../../../channels/health/serve.ts"
import { socketFolders } from "../../../channels/health/sockets.ts"
import { child, health } from "../../actors/tree-views.ts"
import { begin, folder, kill, open } from "./over-socket.ts"

const source = { health: () => health([child("agents")], { pid: process.pid }) }

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

describe("the socket of a process", () => {
  it("lies in the runtime folder, or else in the state folder", () => {
    const home = "/home/me"
    const kept = "/home/me/.local/state/kintsugi/run"
    expect(socketFolders({ home, env: {} })).toEqual([kept])
    expect(socketFolders({ home, env: { XDG_RUNTIME_DIR: "run" } })).toEqual([kept])
    expect(socketFolders({ home, env: { XDG_RUNTIME_DIR: "/run/user/1", XDG_STATE_HOME: "/s" } })).toEqual([
      "/run/user/1/kintsugi",
      "/s/kintsugi/run"
    ])
  })

  it("is named by its process and can be reached by its user only, also in a folder that was open to others", async () => {
    await using at = await folder()
    const fresh = join(at.path, "state", "run")
    const loose = join(at.path, "loose")
    await mkdir(loose)
    await chmod(loose, 0o777)
    for (const path of [fresh, loose]) {
      const served = await serveHealth(source, [path])
      expect(served.path).toBe(join(path, `${process.pid}.sock`))
      expect(await modeOf(path)).toBe("700")
      expect(await modeOf(served.path)).toBe("600")
      served.close()
    }
  })

  it("is gone when it is closed, and so is whoever still reads", async () => {
    await using at = await folder()
    const served = await serveHealth(source, [at.path])
    const stream = await open(served.path, "/health/stream")
    const ended = new Promise((resolve) => stream.once("close", resolve).once("error", () => {}))
    stream.resume()
    served.close()
    await ended
    expect(await readdir(at.path)).toEqual([])
    expect(await lookAround([at.path])).toEqual([])
    // Another can follow.
    ;(await serveHealth(source, [at.path])).close()
  })

  it.each([
    ["ends by itself, which neither it nor a reader prevents", "process.stdin.destroy()", 0],
    ["is ended", "process.exit(3)", 3]
  ])("does not stay behind when its process %s", async (_, end, exitCode) => {
    await using at = await folder()
    const code = `
      const { serveHealth } = await import(${JSON.stringify(new URL("../../../channels/health/serve.ts", import.meta.url))})
      const { path } = await serveHealth({ health: () => ({ tree: { state: "running" } }) }, [${JSON.stringify(at.path)}])
      console.log(path)
      process.stdin.once("data", () => ${end})`
    const spawned = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["pipe", "pipe", "inherit"]
    })
    const gone = once(spawned, "exit")
    const [path] = await once(spawned.stdout.setEncoding("utf8"), "data")
    const stream = await open(String(path).trim(), "/health/stream")
    stream.on("error", () => {}).resume()
    spawned.stdin.write("end")
    expect(await gone).toEqual([exitCode, null])
    expect(await readdir(at.path)).toEqual([])
  })

  it("takes the next folder when one cannot be used or is a link, and says so when none can", async () => {
    await using at = await folder()
    const [file, link, target, good] = ["file", "link", "target", "good"].map((name) => join(at.path, name)) as [
      string,
      string,
      string,
      string
    ]
    await writeFile(file, "")
    await mkdir(target)
    await symlink(target, link)
    const served = await serveHealth(source, [join(file, "below"), link, good])
    expect(served.path).toBe(join(good, `${process.pid}.sock`))
    served.close()
    expect(await readdir(target)).toEqual([])
    await expect(serveHealth(source, [link])).rejects.toThrow(/no socket for health: .*link is not a folder of this/)
    const deep = join(at.path, "deep".repeat(40))
    await expect(serveHealth(source, [deep])).rejects.toThrow("no socket for health")
  })

  it("that an earlier process with the same id left behind is replaced", async () => {
    await using at = await folder()
    // Bound and let go without listening: what a killed process leaves.
    const dead = await begin(at.path, `require("node:net").createServer().listen(path, done)`)
    await kill(dead)
    await rename(join(at.path, `${dead.pid}.sock`), join(at.path, `${process.pid}.sock`))
    const served = await serveHealth(source, [at.path])
    expect(await lookAround([at.path])).toEqual([{ pid: process.pid, health: source.health() }])
    served.close()
  })

  it("that somebody still listens on is left to them", async () => {
    await using at = await folder()
    const served = await serveHealth(source, [at.path])
    await expect(serveHealth(source, [at.path])).rejects.toThrow("EADDRINUSE")
    expect(await lookAround([at.path])).toMatchObject([{ pid: process.pid }])
    served.close()
  })
})

describe("looking around", () => {
  it("finds all, in all folders, and clears away what dead processes left", async () => {
    await using at = await folder()
    const [one, two] = [join(at.path, "one"), join(at.path, "two")]
    const mine = await serveHealth(source, [one])
    await mkdir(two)
    const answering = await begin(
      two,
      `require("node:http").createServer((_, r) => r.end(${JSON.stringify(JSON.stringify(health([])))})).listen(path, done)`
    )
    const dead = await begin(one, `require("node:net").createServer().listen(path, done)`)
    await kill(dead)
    await writeFile(join(one, "notes.txt"), "not ours")
    expect((await readdir(one)).length).toBe(3)
    const seen = await lookAround([one, two, join(at.path, "nowhere")])
    expect(seen.map(({ pid }) => pid)).toEqual([process.pid, answering.pid].toSorted((a, b) => a - b))
    expect(seen.every(({ health }) => health?.status === "healthy")).toBe(true)
    expect((await readdir(one)).toSorted()).toEqual([`${process.pid}.sock`, "notes.txt"].toSorted())
    await kill(answering)
    mine.close()
  })

  it("says of those that do not answer, or in other words, that they are there", async () => {
    await using at = await folder()
    const silent = await begin(at.path, `require("node:net").createServer().listen(path, done)`)
    const foreign = await begin(
      at.path,
      `require("node:http").createServer((_, r) => r.end('{"status":"fine"}')).listen(path, done)`
    )
    const broken = await begin(
      at.path,
      `require("node:http").createServer((_, r) => r.end('{"error":"no tree"}')).listen(path, done)`
    )
    const seen = new Map((await lookAround([at.path])).map(({ pid, trouble }) => [pid, trouble]))
    expect(seen.get(silent.pid)).toContain("does not answer")
    expect(seen.get(foreign.pid)).toContain("another version")
    expect(seen.get(broken.pid)).toBe("no tree")
    for (const one of [silent, foreign, broken]) await kill(one)
  })

  it("leaves the socket of a living process that does not listen yet", async () => {
    await using at = await folder()
    const dead = await begin(at.path, `require("node:net").createServer().listen(path, done)`)
    const alive = await begin(at.path, `done()`)
    await kill(dead)
    await rename(join(at.path, `${dead.pid}.sock`), join(at.path, `${alive.pid}.sock`))
    expect(await lookAround([at.path])).toEqual([])
    expect(await readdir(at.path)).toEqual([`${alive.pid}.sock`])
    await kill(alive)
    await lookAround([at.path])
    expect(await readdir(at.path)).toEqual([])
  })
})
