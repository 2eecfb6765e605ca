/** Beyond the sixteen, in a child: floods, errors that cannot be read, a broken line to the host, attempts to get out. */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest"
import { type FaultKind, HostFault, type Limits } from "../../../actors/hosts/host.ts"
import { blamedOf, openScene, type Scene } from "./containment.ts"
import { type Ending, openFixture, openHousehold } from "./containment-place.ts"
import type { Look } from "./faulty.ts"
import type { Input } from "./open-input.ts"

/** Those behind standard error, on which a place and its host speak. */
const lines = [3, 4]

let scene: Scene
beforeAll(async () => {
  vi.stubEnv("OPENAI_API_KEY", "sk-of-the-host")
  vi.stubEnv("SOME_TOKEN", "of-the-host")
  scene = await openScene("child")
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await scene.close()
})

/** Opens the plugin, commits the excess, and gives back both; the plugin next door still answers. */
const commit = async (excess: string, input: Input = {}, limits: Partial<Limits> = {}, deadline = 10_000) => {
  const household = await openHousehold(false, limits)
  onTestFinished(household.close)
  const opened = await openFixture("faulty", "child", household)
  const ending = await opened.call(excess, input, deadline)
  const next = await scene.neighbour.call("double", { n: 4 })
  expect(next).toMatchObject({ how: "answered", answer: { data: 8 } })
  return { opened, ending, blamed: blamedOf(opened, excess, ending) }
}

const errorIn = (ending: Ending): Error => {
  if (ending.how !== "failed" || !(ending.error instanceof Error))
    throw new Error(`expected a failure, got ${ending.how}`)
  return ending.error
}

const dataIn = (ending: Ending): unknown => {
  if (ending.how !== "answered") throw new Error(`expected an answer, got ${ending.how}`)
  return ending.answer.data
}

const kindOf = (ending: Ending): FaultKind | undefined => {
  const error = errorIn(ending)
  return error instanceof HostFault ? error.kind : undefined
}

describe("too much", () => {
  it("a gigabyte to standard output", { timeout: 30_000 }, async () => {
    const { ending, blamed } = await commit("stdout_flood")
    expect(kindOf(ending)).toBe("output")
    expect(blamed).toBe("faulty.stdout_flood")
  })

  it.each(lines)("a gigabyte on fd %d, without an end of message", { timeout: 30_000 }, async (fd) => {
    const before = process.memoryUsage().rss
    const { opened, blamed } = await commit("channel_flood", { fd }, {}, 2000)
    expect(blamed).toBe("faulty.channel_flood")
    await vi.waitUntil(() => opened.fault() !== undefined, { timeout: 5000 })
    // What is written on the host's own line is read by nobody: it stands still when that is full.
    expect(opened.fault()?.kind).toBe(fd === 3 ? "hung" : "output")
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(300)
  })

  it("an answer of half a gigabyte", { timeout: 30_000 }, async () => {
    const { ending, blamed } = await commit("huge_answer", {}, { memory: 4096 })
    expect(errorIn(ending).message).toMatch(/\S/)
    expect(blamed).toBe("faulty.huge_answer")
  })

  it("an answer just beyond the limit", async () => {
    const { ending, blamed } = await commit("huge_answer", { bytes: 2 ** 21 }, { message: 2 ** 20 })
    expect(errorIn(ending).message).toMatch(/\S/)
    expect(blamed).toBe("faulty.huge_answer")
  })

  it("two gigabytes of buffers", { timeout: 30_000 }, async () => {
    const { ending, blamed } = await commit("buffers", {}, { memory: 256 })
    expect(kindOf(ending)).toBe("memory")
    expect(blamed).toBe("faulty.buffers")
  })

  it("an answer too deep to be written down again", async () => {
    const { ending } = await commit("deep_answer")
    if (ending.how === "answered") expect(JSON.stringify(ending.answer)).toMatch(/success/)
    else expect(errorIn(ending).message).toMatch(/\S/)
  })

  it("progress without end", { timeout: 30_000 }, async () => {
    const { ending } = await commit("progress_flood")
    expect(ending.how).not.toBe("unanswered")
  })
})

describe("while nobody calls", () => {
  it("memory and loops are still watched", { timeout: 30_000 }, async () => {
    const ends = ["buffers_idle", "spin_idle"].map(async (excess) => {
      const { opened, ending } = await commit(excess, {}, { memory: 256, silence: 500 })
      expect(ending).toMatchObject({ how: "answered" })
      await vi.waitUntil(() => opened.fault() !== undefined, { timeout: 20_000 })
      return opened.fault()?.kind
    })
    expect(await Promise.all(ends)).toEqual(["memory", "hung"])
  })
})

describe("what cannot be read", () => {
  it.each(["throws_getters", "throws_proxy", "throws_undefined"])("%s", async (excess) => {
    const { opened, ending } = await commit(excess)
    expect(errorIn(ending)).not.toBeInstanceOf(HostFault)
    expect(dataIn(await opened.call("work", { n: 3 }))).toBe(6)
  })

  it("an error of ten megabytes is cut", async () => {
    const { opened, ending } = await commit("throws_long")
    const error = errorIn(ending)
    expect(error.message.length + (error.stack?.length ?? 0)).toBeLessThan(100_000)
    expect(dataIn(await opened.call("work", { n: 3 }))).toBe(6)
  })

  it.each(["answers_bigint", "answers_cycle", "answers_proxy"])("%s", async (excess) => {
    const { opened, ending } = await commit(excess)
    expect(errorIn(ending)).not.toBeInstanceOf(HostFault)
    expect(errorIn(ending).message).toMatch(/\S/)
    expect(dataIn(await opened.call("work", { n: 3 }))).toBe(6)
  })

  it("a function in an answer is an error, or left out", async () => {
    const { opened, ending } = await commit("answers_function")
    if (ending.how === "answered") expect(ending.answer.data).toBeUndefined()
    else expect(errorIn(ending)).not.toBeInstanceOf(HostFault)
    expect(dataIn(await opened.call("work", { n: 3 }))).toBe(6)
  })
})

describe("the line to the host", () => {
  it("garbage for an answer", async () => {
    const { ending, blamed } = await commit("channel_garbage", { fd: 4 })
    expect(kindOf(ending)).toBe("protocol")
    expect(blamed).toBe("faulty.channel_garbage")
  })

  it.each(lines)("fd %d closed", async (fd) => {
    const { ending, blamed } = await commit("channel_close", { fd }, {}, 1000)
    expect(ending.how).toBe("failed")
    expect(blamed).toBe("faulty.channel_close")
  })
})

it.runIf(existsSync("/proc"))("a process that stops itself is killed", async () => {
  const { opened, ending, blamed } = await commit("sigstop", {}, {}, 300)
  expect(ending.how).toBe("failed")
  expect(blamed).toBe("faulty.sigstop")
  await vi.waitUntil(() => opened.fault() !== undefined, { timeout: 10_000 })
  expect(opened.fault()).toMatchObject({ kind: "hung", tool: "sigstop" })
  await vi.waitUntil(() => !existsSync(`/proc/${opened.host.pid}`), { timeout: 5000 })
})

describe("after its answer", () => {
  it.each(["timer_throw", "unhandled_rejection", "emitter_error"])("%s is still laid to its tool", async (fault) => {
    const { opened, ending } = await commit(fault, { late: true })
    expect(ending).toMatchObject({ how: "answered", answer: { data: "answered before it broke" } })
    await vi.waitUntil(() => opened.strays.length > 0 || opened.fault() !== undefined, { timeout: 5000 })
    expect(blamedOf(opened, "", ending)).toBe(`faulty.${fault}`)
  })
})

describe("beside another call", () => {
  it.each(["timer_throw", "unhandled_rejection", "emitter_error", "infinite_loop", "process_exit", "heap_exhaustion"])(
    "%s is not laid to that one",
    async (fault) => {
      const opened = await openFixture("faulty", "child", scene.household)
      const innocent = opened.call("work", { n: 3, ms: 60_000 }, 20_000)
      const ending = await opened.call(fault, {}, fault === "heap_exhaustion" ? 5000 : 300)
      // Not always known; never laid to the innocent.
      expect([`faulty.${fault}`, "faulty.?"]).toContain(blamedOf(opened, fault, ending))
      await opened.close()
      expect((await innocent).how).toBe("failed")
    }
  )
})

describe("what it may not", () => {
  it("start processes and workers", async () => {
    const { ending } = await commit("fork_bomb")
    expect(dataIn(ending)).toEqual(Array.from({ length: 4 }, () => "ERR_ACCESS_DENIED"))
  })

  it("read what is not its own", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kintsugi-containment-"))
    onTestFinished(() => rm(folder, { recursive: true }))
    const secret = join(folder, "id_ed25519")
    await writeFile(secret, "a private key")
    for (const path of [secret, join(homedir(), ".ssh/id_ed25519"), "/etc/passwd", "/proc/self/environ"]) {
      const { ending } = await commit("read_file", { path })
      expect(errorIn(ending), path).toMatchObject({ code: "ERR_ACCESS_DENIED" })
    }
  })

  it("end, slow down or debug another process, its host for one", async () => {
    const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { stdio: "ignore" })
    onTestFinished(() => void other.kill("SIGKILL"))
    const { ending } = await commit("harm", { pid: other.pid ?? 0 })
    expect(dataIn(ending)).toEqual([])
  })

  it("open a database", async () => {
    const path = join(tmpdir(), `kintsugi-containment-${process.pid}.db`)
    onTestFinished(() => rm(path, { force: true }))
    const { ending } = await commit("database", { path })
    expect(errorIn(ending).message).toMatch(/\S/)
    expect(existsSync(path)).toBe(false)
  })

  it("write a file", async () => {
    const path = join(tmpdir(), `kintsugi-containment-${process.pid}`)
    onTestFinished(() => rm(path, { force: true }))
    const { ending } = await commit("write_file", { path })
    expect(errorIn(ending)).toMatchObject({ code: "ERR_ACCESS_DENIED" })
    expect(existsSync(path)).toBe(false)
  })

  it("know the host's secrets", async () => {
    const { ending } = await commit("look")
    const { env } = dataIn(ending) as Look
    expect(JSON.stringify(env)).not.toMatch(/of-the-host/)
    expect(Object.keys(env).filter((name) => /KEY|TOKEN|SECRET|NODE_OPTIONS/.test(name))).toEqual([])
  })
})
