/** What a program that embeds Kintsugi meets: the package as it is published, the examples, the snippets of its document. */
import { type ChildProcess } from "node:child_process"
import { on, once } from "node:events"
import { existsSync, globSync, readFileSync } from "node:fs"
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { connect, createServer } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import { checked, root, type Stranger, stranger } from "./embedder.ts"
import { exported, nameless } from "./reachable.ts"

let at: Stranger
const examples = globSync("*.ts", { cwd: join(root, "examples/embedding") }).toSorted()
const snippetsOf = (document: string): ReadonlyArray<string> =>
  [...readFileSync(join(root, "docs", document), "utf8").matchAll(/^```ts\n([^]*?)^```$/gm)].map(
    ([, text = ""]) => text
  )
const snippets = snippetsOf("embedding.md")
/** Servers in a program, by the name of their document; they listen on a free port here. */
const servers = ["mcp-server", "a2a-server"].flatMap((document) =>
  snippetsOf(`${document}.md`).map((text, index) => ({ name: `${document}-${index}.ts`, text }))
)
const nameOf = (snippet: string) => /^\/\/ (\S+\.ts)$/m.exec(snippet)?.[1] ?? "without-a-name.ts"

/** All that can be imported from "kintsugi" and is no type. */
const values = [
  "AddressError",
  "FilesError",
  "JournalError",
  "McpError",
  "ModelError",
  "RemoteError",
  "TurnFailed",
  "attach",
  "callsOf",
  "connect",
  "createRuntime",
  "defineModel",
  "definePlugin",
  "defineTool",
  "isFromBackground",
  "isTerminal",
  "noticesOf",
  "paced",
  "permit",
  "refuse",
  "replyOf",
  "scripted",
  "textOf",
  "userMessage"
]

/** The same of "kintsugi/server". */
const serverValues = ["AccessError", "mount", "serve", "serveA2a", "serveMcp", "serveMcpStdio"]

const rules = [
  { when: "slow", turns: [{ text: "I take my time over this.", chunk: 1, delay_ms: 20 }] },
  {
    when: "write it",
    turns: [{ calls: [{ tool: "write_file", input: { path: "c.txt", content: "d" } }] }, { text: "Written." }]
  },
  {
    when: "edit",
    turns: [{ calls: [{ tool: "write_file", input: { path: "a.txt", content: "b" } }] }, { text: "Written." }]
  },
  {
    when: "readme",
    turns: [{ calls: [{ tool: "read_file", input: { path: "README.md" } }] }, { text: "It has two lines." }]
  },
  { when: "fail twice", turns: [{ error: { status: 400, message: "not today" }, times: 2, text: "At last." }] },
  { when: "fail", turns: [{ error: { status: 400, message: "not today" } }] },
  { when: ".*", turns: [{ text: "You said: {{message}}", chunk: 4 }] }
]

beforeAll(async () => {
  at = await stranger(["hono", "@hono/node-server", "zod", "rxjs"])
  for (const name of examples) await at.write(name, readFileSync(join(root, "examples/embedding", name), "utf8"))
  for (const snippet of snippets) await at.write(nameOf(snippet), snippet)
  for (const { name, text } of servers) await at.write(name, text.replace(/(serve\w+\(.*)\{/, "$1{ port: 0,"))
  await at.write("script.yaml", JSON.stringify({ rules }))
  await at.write("README.md", "# A project\nwith two lines\n")
}, 240_000)

afterAll(() => at[Symbol.asyncDispose]())

const env = { MODEL: "scripted/script.yaml" }

it("types of examples and snippets hold for a stranger with strict settings", { timeout: 60_000 }, async () => {
  expect(await checked(at, [...examples, ...snippets.map(nameOf), ...servers.map(({ name }) => name)])).toBe("")
})

/** Reads standard output until a line matches. */
const said = async (child: ChildProcess, pattern: RegExp): Promise<string> => {
  const errors: Array<string> = []
  child.stderr?.on("data", (piece: Buffer) => errors.push(String(piece)))
  for await (const line of createInterface({ input: child.stdout! })) {
    const [, word] = pattern.exec(line) ?? []
    if (word !== undefined) return word
  }
  throw new Error(`it ended without a word: ${errors.join("")}`)
}

describe("examples", { timeout: 30_000 }, () => {
  it("own-model.ts", async () => {
    await at.write("notes.txt", "Buy gold.\n")
    const { stdout, stderr } = await at.run(["own-model.ts"])
    expect(stdout, stderr).toMatch(/^It says: .*Buy gold\.\n$/s)
  })

  it("agent.test.ts", async () => {
    const { code, stdout } = await at.run(["--test", "--test-reporter=tap", "agent.test.ts"])
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("# pass 1") })
  })

  it("worker.ts does each job once, tries again, and sets aside what cannot be done", async () => {
    await mkdir(join(at.cwd, "jobs"))
    const jobs = ["one", "two", "three", "four", "five", "fail twice", "fail"]
    for (const job of jobs) await writeFile(join(at.cwd, "jobs", `${job}.txt`), job)
    const { code, stderr } = await at.run(["worker.ts"], env)
    expect(code, stderr).toBe(0)
    const folders = await Promise.all(["jobs", "done", "failed"].map((name) => readdir(join(at.cwd, name))))
    expect(folders.map((names) => names.toSorted())).toEqual([
      [],
      ["fail twice.txt", "five.txt", "four.txt", "one.txt", "three.txt", "two.txt"],
      ["fail.txt"]
    ])
    expect(await readFile(join(at.cwd, "done/one.txt"), "utf8")).toBe("You said: one")
    expect(await readFile(join(at.cwd, "done/fail twice.txt"), "utf8")).toBe("At last.")
    expect(await readFile(join(at.cwd, "failed/fail.txt"), "utf8")).toContain("not today")
  })

  it("own-channel.ts talks in lines, asks, and cancels", async () => {
    const server = at.start(["own-channel.ts"], env)
    const socket = connect(Number(await said(server, /listening on (\d+)/)), "127.0.0.1")
    let seen = ""
    socket.setEncoding("utf8").on("data", (text: string) => (seen += text))
    const until = async (pattern: RegExp) => {
      while (!pattern.test(seen)) await once(socket, "data")
      seen = ""
    }
    await until(/> $/)
    socket.write("hello\n")
    await until(/^You said: hello\n> $/)
    socket.write("edit it\n")
    await until(/\? write_file \(.*\): \/yes or \/no\n$/)
    socket.write("/yes\n")
    await until(/Written\.\n> $/)
    socket.write("slow\n")
    await until(/I t/)
    socket.write("/cancel\n")
    await until(/! cancelled\n> $/)
    socket.end()
    server.kill("SIGTERM")
    expect(await once(server, "exit")).toEqual([0, null])
  })

  it("mounted.ts lets in who is logged in, each to sessions of their own", async () => {
    const server = at.start(["mounted.ts"], env)
    const url = await said(server, /listening on (\S+)/)
    const login = async (name: string) => {
      const { headers } = await fetch(`${url}/login/${name}`, { method: "POST" })
      return { cookie: headers.get("set-cookie")?.split(";", 1)[0] ?? "" }
    }
    const [ann, bob] = [await login("ann"), await login("bob")]
    const socketOf = (headers: Record<string, string>, path = "/agent") =>
      new WebSocket(`${url.replace("http", "ws")}${path}`, { headers })
    const refused = async (headers: Record<string, string>, path?: string) => {
      const [error] = await once(socketOf(headers, path), "error")
      return String(error)
    }
    /** Says it, and waits for a frame of that type. */
    const answerTo = async (socket: WebSocket, frame: object, type: string) => {
      if (socket.readyState === socket.CONNECTING) await once(socket, "open")
      socket.send(JSON.stringify(frame))
      for await (const [data] of on(socket, "message")) {
        const told = JSON.parse(String(data))
        if (told.type === type) return told
      }
    }

    expect((await fetch(url)).status).toBe(401)
    expect(await (await fetch(url, { headers: ann })).text()).toContain("new WebSocket")
    expect(await refused({})).toMatch(/401/)
    expect(await refused({ ...ann, origin: "https://elsewhere.example" })).toMatch(/403/)
    expect(await refused(ann, "/other")).toMatch(/hang up/)
    const anns = socketOf({ ...ann, origin: url })
    const { content, session_id } = await answerTo(anns, { type: "message", content: "hello" }, "response")
    expect(content).toBe("You said: hello")
    const bobs = socketOf(bob)
    expect(await answerTo(bobs, { type: "open", session_id }, "error")).toMatchObject({ code: "no_session" })
    const { sessions } = await answerTo(bobs, { type: "sessions" }, "sessions")
    expect(sessions).toEqual([])
    server.kill("SIGTERM")
    expect(await Promise.all([anns, bobs].map(async (one) => (await once(one, "close"))[0]))).toEqual([1012, 1012])
    expect(await once(server, "exit")).toEqual([0, null])
  })

  it("server.ts answers, streams, cancels for a client that leaves, and stops when its turns are done", async () => {
    const server = at.start(["server.ts"], env)
    const url = await said(server, /listening on (\S+)/)
    const json = { "content-type": "application/json" }
    const post = (path: string, body: unknown, signal?: AbortSignal) =>
      fetch(`${url}${path}`, { method: "POST", headers: json, body: JSON.stringify(body), ...(signal && { signal }) })
    const { id } = (await (await post("/sessions", {})).json()) as { readonly id: string }
    const events = await fetch(`${url}/sessions/${id}/events`)
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader()
    let streamed = ""
    const until = async (pattern: RegExp): Promise<boolean> => {
      for (;;) {
        if (pattern.test(streamed)) return true
        const { done, value = "" } = await reader.read()
        if (done) return false
        streamed += value
      }
    }

    expect(await (await post(`/sessions/${id}/ask`, { text: "hello" })).json()).toMatchObject({
      text: "You said: hello"
    })
    expect(await until(/event: agent\.replied\n/)).toBe(true)
    expect((await post(`/sessions/${id}/ask`, { text: 5 })).status).toBe(400)
    expect((await post(`/sessions/nobody/ask`, { text: "hello" })).status).toBe(404)

    const leaving = new AbortController()
    const left = post(`/sessions/${id}/ask`, { text: "slow" }, leaving.signal).catch(() => "left")
    expect(await until(/"delta":"k/)).toBe(true)
    leaving.abort()
    expect(await left).toBe("left")
    expect(await until(/event: agent\.cancelled\n/)).toBe(true)

    streamed = ""
    const last = post(`/sessions/${id}/ask`, { text: "slow" })
    expect(await until(/agent\.text/)).toBe(true)
    server.kill("SIGTERM")
    expect(await (await last).json()).toMatchObject({ text: "I take my time over this." })
    expect(await until(/never/)).toBe(false)
    expect(await once(server, "exit")).toEqual([0, null])
  })
})

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  await promisify(server.close.bind(server))()
  return typeof address === "object" ? (address?.port ?? 0) : 0
}

/** What the package offers, and what was trapped while it was imported; in one process for both. */
interface Imported {
  readonly names: ReadonlyArray<string>
  readonly serverNames: ReadonlyArray<string>
  readonly trapped: unknown
}
let importing: Promise<Imported> | undefined
const imported = () =>
  (importing ??= (async () => {
    await at.write("traps.mjs", readFileSync(join(root, "spec/fixtures/traps.mjs"), "utf8"))
    const look = `const [all, server] = [await import("kintsugi"), await import("kintsugi/server")]
      const trapped = globalThis.trapped()
      const [names, serverNames] = [all, server].map((one) => Object.keys(one).toSorted())
      console.log(JSON.stringify({ trapped, names, serverNames }))`
    await at.write("look.mjs", look)
    const { stdout, stderr } = await at.run(["--import", "./traps.mjs", "look.mjs"])
    if (stderr !== "") throw new Error(stderr)
    return JSON.parse(stdout)
  })())

describe("names", () => {
  const dist = () => join(at.cwd, "node_modules/kintsugi/dist")

  it("of values are these, and a new one is a promise", async () => {
    const { names, serverNames } = await imported()
    expect({ names, serverNames }).toEqual({ names: values, serverNames: serverValues })
  })

  it("there are for every type that one meets", () => {
    const [entry, plugin] = [join(dist(), "index.d.ts"), join(dist(), "plugins/index.d.ts")]
    expect(exported(entry).length).toBeGreaterThan(100)
    // What only shortens a declaration of ours, and is of no use by itself.
    const inner =
      /(ModelError_base|Partly|Frozen|May|InSession|OfCall|A2aServing|ServedHttp|HttpOptions|FrontOptions|FrontOptions > Limits)$/
    expect(nameless(entry, [entry, plugin]).filter((way) => !inner.test(way))).toEqual([])
    const server = join(dist(), "channels/server.d.ts")
    expect(nameless(server, [entry, plugin, server]).filter((way) => !inner.test(way))).toEqual([])
    // Without the plugin's entry there would be some.
    expect(nameless(entry, [entry])).toContainEqual(expect.stringContaining("ToolContext > Files"))
  })
})

describe("importing", () => {
  it("does no work, and reads no environment and no file", async () => {
    expect((await imported()).trapped).toEqual({ caught: [], resources: [], listeners: [] })
    await at.write(
      "touch.mjs",
      `import { existsSync } from "node:fs"\nprocess.env.HOME\nsetTimeout(() => {}, 1)\nprocess.on("exit", () => {})\nexistsSync("/")\nconsole.log(JSON.stringify(globalThis.trapped()))\n`
    )
    const control = JSON.parse((await at.run(["--import", "./traps.mjs", "touch.mjs"])).stdout)
    expect(control).toEqual({
      caught: [
        expect.stringMatching(/^env HOME/),
        expect.stringMatching(/^setTimeout/),
        expect.stringMatching(/^fs\.existsSync/)
      ],
      resources: ["Timeout"],
      listeners: ["exit"]
    })
  })
})

describe.skipIf(!existsSync("/proc/self/fd"))("after close (needs /proc)", { timeout: 120_000 }, () => {
  it("nothing is left, whatever ran", async () => {
    await at.write("rounds.mjs", readFileSync(join(root, "spec/fixtures/rounds.mjs"), "utf8"))
    await mkdir(join(at.cwd, "temporary"))
    const { stdout, stderr } = await at.run(["--expose-gc", "rounds.mjs"], { TMPDIR: join(at.cwd, "temporary") })
    expect(stderr).toBe("")
    const { left, ever } = JSON.parse(stdout) as { readonly left: object; readonly ever: object }
    const nothing = { files: [], children: [], listeners: [], temporary: [], resources: [] }
    expect(left).toEqual(Object.fromEntries(Object.keys(left).map((way) => [way, nothing])))
    expect(Object.keys(left)).toHaveLength(16)
    expect(ever).toEqual({ children: [], temporary: [], resources: [], exits: 0 })
  })
})

describe("documents of servers", { timeout: 30_000 }, () => {
  it("have snippets that serve", async () => {
    await at.write("servers.ts", servers.map(({ name }) => `await import("./${name}")\n`).join(""))
    const { code, stdout, stderr } = await at.run(["servers.ts"])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const url = String.raw`http://127\.0\.0\.1:\d+`
    expect(stdout).toMatch(new RegExp(`^${url}/mcp \\S{40,}\n${url}/\\.well-known/agent-card\\.json \\S{40,}\n$`))
  })
})

describe("docs/embedding.md", { timeout: 30_000 }, () => {
  it("has snippets, each with a name", () => {
    expect(snippets.length).toBeGreaterThan(8)
    expect(snippets.map(nameOf)).not.toContain("without-a-name.ts")
    expect(new Set(snippets.map(nameOf)).size).toBe(snippets.length)
  })

  it("says what they do", async () => {
    // The one that needs a running server is only type-checked; `spec/channels/connect/` has its like.
    const alone = snippets.filter((text) => nameOf(text) !== "remote.ts")
    const port = String(await freePort())
    const programs = alone.map((text) => [
      `run-${nameOf(text)}`,
      text.replace(/anthropic\/[\w-]+/, "scripted/script.yaml").replaceAll("8090", port)
    ])
    for (const [name = "", text = ""] of programs) await at.write(name, text)
    // One process for all: each is a program whose end is awaited.
    await at.write(
      "all.ts",
      programs.map(([name = ""]) => `await import("./${name}")\nconsole.log("-- ${name}")\n`).join("")
    )
    const { code, stdout, stderr } = await at.run(["all.ts"])
    expect(code, stderr).toBe(0)
    expect(stdout.split(/-- run-[\w-]+\.ts\n/)).toEqual([
      "It has two lines.\n",
      "It has two lines. at an unknown price\n",
      "· read_file\n✓ true\nIt has two lines.\n",
      "may it write_file (write)? true\nWritten.\n",
      "You said: Paint it.\n",
      "You said: How many boxes of tea are there?\n",
      "",
      "You said: hello\n",
      "a letter: It has two lines.\n",
      "It has two lines.\n",
      "true 1\nIt has two lines.\n",
      "It rains in Kyoto.\n",
      ""
    ])
  })
})
