/** A call that was taped can be played again: the same uses have the same answers. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { callShelf, taped } from "../../../actors/healing/tape.ts"
import { lookWith, play } from "../../../actors/healing/world.ts"
import type { TapedCall, Use } from "../../../healing/tape.ts"
import { PortError } from "../../../plugins/ports.ts"
import type { ToolContext } from "../../../plugins/tool.ts"
import { absentPorts } from "../../../plugins/ports/absent.ts"

type Ports = Pick<ToolContext, "files" | "exec" | "fetch">

const cwd = "/project"
const at = 1_700_000_000_000
const names = ["a.txt", "b.txt", "deep/c.txt", "none.txt"] as const

/** A little world of its own, with files that change and a command that counts. */
const world = (): ToolContext => {
  const files = new Map<string, Uint8Array>([
    ["/project/a.txt", Buffer.from("first")],
    ["/project/b.txt", Buffer.from([0, 255, 254, 10])]
  ])
  let runs = 0
  const full = (path: string) => (path.startsWith("/") ? path : `${cwd}/${path}`)
  const read = async (path: string) => {
    const found = files.get(full(path))
    if (found === undefined) throw new PortError("not_found", `${path}: does not exist`)
    return found
  }
  const unused = async () => Promise.reject(new Error("unused"))
  return {
    signal: new AbortController().signal,
    progress: () => {},
    log: () => {},
    cwd,
    ...absentPorts,
    taskStartedAt: at,
    files: {
      resolve: async (path) => full(path),
      display: (path) => path.replace(`${cwd}/`, ""),
      read,
      write: async (path, data) => void files.set(full(path), Buffer.from(data)),
      stat: async (path) => {
        const found = files.get(full(path))
        return found && { kind: "file", size: found.byteLength, changedAt: at }
      }
    },
    exec: {
      run: async (command, options) => {
        const output = `${command} ${++runs}\n`
        options?.onOutput?.(output)
        return { code: 0, signal: undefined, output, length: output.length, file: undefined, timedOut: false }
      },
      start: () => ({ id: "job1" }) as never,
      jobs: () => [],
      look: unused,
      stop: unused,
      close: async () => {}
    },
    fetch: async (input, init) => {
      const url = new Request(input, init).url
      if (url.includes("down")) throw new TypeError("fetch failed")
      return new Response(`body of ${url}`, { status: 203, headers: { "x-own": "1", "set-cookie": "secret=1" } })
    }
  }
}

/** `what` is a path, a command, an address. */
type Step =
  | { readonly do: "read" | "stat" | "resolve" | "display" | "run" | "fetch"; readonly what: string }
  | { readonly do: "write"; readonly what: string; readonly data: string | Uint8Array }

const settled = async (act: () => unknown): Promise<unknown> => {
  try {
    const value = await act()
    return value instanceof Uint8Array ? [...value] : value
  } catch (error) {
    return error instanceof PortError ? `${error.kind}: ${error.message}` : String(error)
  }
}

const fetched = async (ports: Ports, url: string) => {
  const response = await ports.fetch(url, { method: "POST", body: "asked", headers: { authorization: "Bearer x" } })
  return [response.status, response.headers.get("x-own"), await response.text()]
}

const act = ({ files, exec, ...ports }: Ports, step: Step): unknown => {
  if (step.do === "write") return files.write(step.what, step.data)
  if (step.do === "run") return exec.run(step.what)
  if (step.do === "fetch") return fetched({ files, exec, ...ports }, step.what)
  return files[step.do](step.what)
}

const go = async (ports: Ports, steps: ReadonlyArray<Step>): Promise<ReadonlyArray<unknown>> => {
  const seen: Array<unknown> = []
  for (const step of steps) seen.push(await settled(() => act(ports, step)))
  return seen
}

const what = fc.constantFrom(...names)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("read" as const, "stat" as const, "resolve" as const, "display" as const), what }),
  fc.record({ do: fc.constant("write" as const), what, data: fc.oneof(fc.string(), fc.uint8Array({ maxLength: 20 })) }),
  fc.record({ do: fc.constant("run" as const), what: fc.constantFrom("ls", "date") }),
  fc.record({ do: fc.constant("fetch" as const), what: fc.constantFrom("http://x.test/a", "http://down.test/") })
)

/** As it stands when it has been kept somewhere. */
const stored = (uses: ReadonlyArray<Use>): ReadonlyArray<Use> => JSON.parse(JSON.stringify(uses))

it("a call played from its tape sees what it saw, and does what it did", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { context, uses, isPartial } = taped(world())
      const seen = await go(context, steps)
      expect(isPartial()).toBe(false)
      const played = play({ cwd, taskStartedAt: at, uses: stored(uses()) })
      expect(await go(played.ports, steps)).toEqual(seen)
      expect(played.beyond()).toEqual([])
      const kinds = played.effects().map(({ port }) => port)
      const done = steps.flatMap((one) =>
        one.do === "write" ? ["files.write"] : one.do === "run" ? ["exec.run"] : one.do === "fetch" ? ["fetch"] : []
      )
      expect(kinds).toEqual(done)
      expect(JSON.parse(JSON.stringify(played.effects()))).toEqual(played.effects())
    })
  )
})

describe("a tape", () => {
  it("holds no secrets, and yet tells one from another", async () => {
    const { context, uses } = taped(world())
    const ask = (key: string) =>
      context.fetch(`http://x.test/a?api_key=${key}&q=plain`, {
        headers: { authorization: `Bearer ${key}`, "x-api-key": key, accept: "text/plain" }
      })
    for (const key of ["first-secret", "other-secret", "first-secret"]) await ask(key)
    const text = JSON.stringify(uses())
    expect(text).not.toMatch(/first-secret|other-secret|secret=1/)
    expect(text).toContain("q=plain")
    expect(text).toContain("text/plain")
    const [one, two, three] = uses()
    expect(one?.args).toEqual(three?.args)
    expect(one?.args).not.toEqual(two?.args)
  })

  it("keeps of a body what was read, and hands it on as it comes", async () => {
    const { context, uses } = taped(world())
    const response = await context.fetch("http://x.test/a")
    expect(uses()).toMatchObject([{ value: { body: { base64: "" } } }])
    expect(await response.text()).toBe("body of http://x.test/a")
    const base64 = Buffer.from("body of http://x.test/a").toString("base64")
    expect(uses()).toMatchObject([{ value: { body: { base64 } } }])
  })

  it.each<[string, (ports: Ports) => unknown]>([
    ["too long to keep", ({ files }) => files.write("a.txt", "x".repeat(300_000))],
    [
      "many that are too long together",
      ({ files }) => Promise.all(Array.from({ length: 9 }, () => files.write("a", "x".repeat(30_000))))
    ],
    ["a job", ({ exec }) => exec.start("sleep 9")],
    ["a look at jobs", ({ exec }) => exec.jobs()]
  ])("is partial with %s", async (_, use) => {
    const { context, isPartial } = taped(world())
    await settled(() => use(context))
    expect(isPartial()).toBe(true)
  })

  it("ends at its first gap: what follows would be played as if there were none", async () => {
    const { context, uses } = taped(world())
    await context.files.read("a.txt")
    await context.files.write("a.txt", "x".repeat(300_000))
    await context.files.read("b.txt")
    expect(uses().map(({ args }) => args)).toEqual([["a.txt"]])
  })

  it("that is too short for a body is partial, and the body whole", async () => {
    const body = "x".repeat(400_000)
    const { context, isPartial } = taped({ ...world(), fetch: async () => new Response(body) })
    expect(await (await context.fetch("http://x.test/")).text()).toBe(body)
    expect(isPartial()).toBe(true)
  })
})

describe("the shelf", () => {
  const call = (tool: string, input: unknown, size = 1): TapedCall => ({
    tool,
    input,
    world: { cwd, taskStartedAt: at, uses: [] },
    answer: { success: true, data: "x".repeat(size) },
    isPartial: false
  })

  it("keeps the newest of each tool, each input once, whatever else comes", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.nat(12)), { maxLength: 60 }), (calls) => {
        const shelf = callShelf()
        for (const [tool, n] of calls) shelf.add(call(tool, { n }))
        for (const tool of ["a", "b"]) {
          const newest = [...new Set(calls.flatMap(([one, n]) => (one === tool ? [n] : [])).toReversed())].slice(0, 8)
          expect(shelf.recorded(tool).map(({ input }) => input)).toEqual(newest.map((n) => ({ n })))
        }
      })
    )
  })

  it("holds at most a mebibyte, the oldest go", () => {
    const shelf = callShelf()
    for (let n = 0; n < 8; n++) shelf.add(call("a", n, 200_000))
    expect(shelf.recorded().map(({ input }) => input)).toEqual([7, 6, 5, 4, 3])
    shelf.add(call("b", "huge", 2_000_000))
    expect(shelf.recorded("b")).toEqual([])
    expect(shelf.recorded("a")).toHaveLength(5)
  })

  it("takes nothing that cannot be played again or had no answer", () => {
    const shelf = callShelf()
    shelf.add({ ...call("a", 1), isPartial: true })
    const { answer: _, ...failed } = call("a", 2)
    shelf.add(failed)
    expect(shelf.recorded()).toEqual([])
  })
})

describe("a world that may look", () => {
  it("reads the real one, tells nothing as beyond, and changes nothing", async () => {
    const real = world()
    const { ports, beyond, effects } = play({ cwd, taskStartedAt: at, uses: [], look: lookWith(real.files) })
    const steps: ReadonlyArray<Step> = [
      { do: "read", what: "a.txt" },
      { do: "stat", what: "a.txt" },
      { do: "read", what: "none.txt" },
      { do: "stat", what: "none.txt" },
      { do: "resolve", what: "b.txt" }
    ]
    expect(await go(ports, steps)).toEqual(await go(real, steps))
    await ports.files.write("a.txt", "changed")
    expect(await settled(() => ports.files.read("a.txt"))).toEqual([...Buffer.from("changed")])
    expect(await settled(() => real.files.read("a.txt"))).toEqual([...Buffer.from("first")])
    expect(beyond()).toEqual([])
    expect(effects()).toEqual([{ port: "files.write", args: ["a.txt", "changed"] }])
  })
})
