import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { begin, bin, kintsugi, place, type Place } from "../../program.ts"

/** A scripted model for this place; what it plays is the rules of a script. */
const scripted = async (at: Place, rules: ReadonlyArray<object>): Promise<ReadonlyArray<string>> => {
  const file = join(at.home, "script.yaml")
  await writeFile(file, JSON.stringify({ rules }))
  return ["-m", `scripted/${file}`]
}

const talk = [
  { when: "hello", turns: [{ text: "Hello yourself." }] },
  { when: "remember", turns: [{ text: "You said: {{message}}" }] }
]

const writing = {
  when: "write",
  turns: [
    { text: "I'll write it.", calls: [{ tool: "write_file", input: { path: "a.txt", content: "one\n" } }] },
    { calls: [{ tool: "task_done", input: { summary: "a.txt is there.", files: ["a.txt"] } }] },
    { text: "I could not." }
  ]
}

/** Resolves as soon as the text was seen on a stream. */
const seen = (stream: NodeJS.ReadableStream, text: string): Promise<void> =>
  new Promise((resolve) => {
    let all = ""
    stream.on("data", (data) => {
      all += String(data)
      if (all.includes(text)) resolve()
    })
  })

/** What a command wrote into the file `pid`, once it did. */
const pidIn = ({ cwd }: Place): Promise<number> =>
  vi.waitUntil(() => Number(readFileSync(join(cwd, "pid"), { encoding: "utf8", flag: "a+" })), { timeout: 10_000 })

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe("kintsugi run", () => {
  it("prints the answer alone on standard output, and all else on standard error", async () => {
    await using at = await place()
    const { code, stdout, stderr } = await kintsugi(at, ["run", "hello", ...(await scripted(at, talk))])
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Hello yourself.\n" })
    expect(stderr).toMatch(/^model: scripted\/.* \(/)
    expect(stderr).not.toContain("\u001b")
  })

  it("does a task and tells each call in a line", async () => {
    await using at = await place()
    const { code, stdout, stderr } = await kintsugi(at, ["run", "write it", "-y", ...(await scripted(at, [writing]))])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toContain("a.txt is there.")
    expect(stderr).toMatch(/I'll write it\.\n→ write_file a\.txt\n✓ created a\.txt/)
    expect(await readFile(join(at.cwd, "a.txt"), "utf8")).toBe("one\n")
  })

  it("reads its task from standard input", async () => {
    await using at = await place()
    const model = await scripted(at, talk)
    expect(await kintsugi(at, ["run", ...model], { input: "hello\n" })).toMatchObject({
      code: 0,
      stdout: "Hello yourself.\n"
    })
    expect(await kintsugi(at, ["run", "-", ...model], { input: "hello\n" })).toMatchObject({
      code: 0,
      stdout: "Hello yourself.\n"
    })
    expect(await kintsugi(at, ["run", ...model], { input: "" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no task")
    })
  })

  it("works in the folder it is told", async () => {
    await using at = await place()
    await mkdir(join(at.cwd, "below"))
    const { code } = await kintsugi(at, ["run", "write it", "-y", "-C", "below", ...(await scripted(at, [writing]))])
    expect(code).toBe(0)
    expect(existsSync(join(at.cwd, "below", "a.txt"))).toBe(true)
    const nowhere = await kintsugi(at, ["run", "write it", "-C", "nowhere"])
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no folder") })
  })

  it("gives the model the project's instructions, and says what of them it could not", async () => {
    await using at = await place()
    await writeFile(join(at.cwd, "AGENTS.md"), "Always answer in verse. ".repeat(4000))
    const { stderr } = await kintsugi(at, ["run", "hello", ...(await scripted(at, talk))])
    expect(stderr).toMatch(/AGENTS\.md was cut/)
  })

  it("answers once and plainly when the loop is off", async () => {
    await using at = await place()
    const env = { KINTSUGI_REACT_ENABLED: "false" }
    const { code, stdout } = await kintsugi(at, ["run", "write it", "-y", ...(await scripted(at, [writing]))], { env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: "I'll write it.\n" })
    expect(existsSync(join(at.cwd, "a.txt"))).toBe(false)
  })

  it("says how to configure a model when there is none", async () => {
    await using at = await place()
    const { code, stdout, stderr } = await kintsugi(at, ["run", "hello"])
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect(stderr).toMatch(/ANTHROPIC_API_KEY[^]*config set llm\.model/)
  })

  it("fails with the provider's word and what to do", async () => {
    await using at = await place()
    const { code, stderr } = await kintsugi(at, [
      "run",
      "hello",
      ...(await scripted(at, [{ when: "hello", turns: [{ error: { status: 401 } }] }]))
    ])
    expect(code).toBe(1)
    expect(stderr).toMatch(/failed: .*refused the key/)
  })

  it("stops after --max-turns rounds", async () => {
    await using at = await place()
    const turns = Array.from({ length: 9 }, (_, n) => ({
      calls: [{ tool: "execute_bash", input: { command: `echo ${n}` } }]
    }))
    const { code, stderr } = await kintsugi(at, [
      "run",
      "go",
      "-y",
      "--max-turns",
      "3",
      ...(await scripted(at, [{ when: "go", turns }]))
    ])
    expect(code).toBe(1)
    expect(stderr).toContain("Stopped after 3 rounds")
    expect(stderr.match(/→ execute_bash/g)?.length).toBe(3)
  })

  it.each([["--max-turns", "zero"], ["--permissions", "none"], ["--output", "xml"], ["--nonsense"]])(
    "refuses %s %s as wrong usage",
    async (...wrong) => {
      await using at = await place()
      const { code, stdout, stderr } = await kintsugi(at, ["run", "hello", ...wrong])
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
      expect(stderr).toContain(wrong[0])
    }
  )
})

describe("permission without a terminal", () => {
  it("is refused, the flag named, and the exit code says that input was required", async () => {
    await using at = await place()
    const { code, stderr } = await kintsugi(at, ["run", "write it", ...(await scripted(at, [writing]))])
    expect(code).toBe(3)
    expect(stderr).toMatch(/--permissions edits/)
    expect(existsSync(join(at.cwd, "a.txt"))).toBe(false)
  })

  it("is given by the mode, the configuration's rules, or -y", async () => {
    await using at = await place()
    const model = await scripted(at, [writing])
    expect((await kintsugi(at, ["run", "write it", "--permissions", "edits", ...model])).code).toBe(0)
    expect(
      (await kintsugi(at, ["run", "write it", ...model], { env: { KINTSUGI_PERMISSIONS_ALLOW: "write_file(*.txt)" } }))
        .code
    ).toBe(0)
  })

  it("cannot be given against a deny rule", async () => {
    await using at = await place()
    const { code, stderr } = await kintsugi(at, ["run", "write it", "-y", ...(await scripted(at, [writing]))], {
      env: { KINTSUGI_PERMISSIONS_DENY: "write_file" }
    })
    expect(code).toBe(0)
    expect(stderr).toContain("permissions.deny")
    expect(existsSync(join(at.cwd, "a.txt"))).toBe(false)
  })
})

describe("run --output", () => {
  it("json prints one object with every step", async () => {
    await using at = await place()
    const { stdout } = await kintsugi(at, [
      "run",
      "write it",
      "-y",
      "--output",
      "json",
      ...(await scripted(at, [writing]))
    ])
    expect(JSON.parse(stdout)).toMatchObject({
      session_id: expect.any(String),
      status: "done",
      verified: true,
      final_answer: expect.stringContaining("a.txt is there."),
      steps: [
        {
          thought: "I'll write it.",
          action: { tool: "write_file", input: { path: "a.txt" } },
          observation: { success: true }
        },
        { thought: "", action: { tool: "task_done" }, observation: { success: true } }
      ],
      usage: { input: expect.any(Number) },
      seams: []
    })
  })

  it("json says failed, with the reason", async () => {
    await using at = await place()
    const { code, stdout } = await kintsugi(at, [
      "run",
      "hello",
      "--mode",
      "json",
      ...(await scripted(at, [{ when: "hello", turns: [{ error: { status: 402 } }] }]))
    ])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      status: "failed",
      final_answer: null,
      cost: expect.anything(),
      error: { code: "quota_exceeded" }
    })
  })

  it("stream-json prints every notice as a line, the result last", async () => {
    await using at = await place()
    const { stdout } = await kintsugi(at, [
      "run",
      "write it",
      "-y",
      "--output",
      "stream-json",
      ...(await scripted(at, [writing]))
    ])
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({ type: "session", session_id: expect.any(String), cwd: at.cwd })
    expect(lines.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["agent.started", "agent.text", "agent.said", "agent.acting", "agent.settled"])
    )
    expect(lines.at(-2)).toMatchObject({ type: "agent.replied", verified: true })
    expect(lines.at(-1)).toMatchObject({ type: "result", status: "done", verified: true, exit_code: 0 })
  })
})

describe("a session", () => {
  it("goes on with -c and with -r, and is listed, shown, exported and deleted", async () => {
    await using at = await place()
    const model = await scripted(at, talk)
    await kintsugi(at, ["run", "hello", ...model])
    const { stdout, stderr } = await kintsugi(at, ["run", "-c", "remember me"])
    expect(stdout).toBe("You said: remember me\n")
    const id = /kintsugi run -r (\S+)/.exec(stderr)?.[1] ?? ""

    const [listed] = JSON.parse((await kintsugi(at, ["session", "list", "--json"])).stdout)
    expect(listed).toMatchObject({ id, cwd: at.cwd, title: "hello", messages: 2 })
    const { transcript } = JSON.parse((await kintsugi(at, ["session", "show", id.slice(0, 8), "--json"])).stdout)
    expect(transcript.map((message: { role: string }) => message.role)).toEqual([
      "user",
      "assistant",
      "user",
      "assistant"
    ])
    expect((await kintsugi(at, ["session", "show", "latest"])).stdout).toMatch(
      /> hello[^]*Hello yourself\.[^]*> remember me/
    )
    const events = (await kintsugi(at, ["session", "export", id])).stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).event.type)
    expect(events.filter((type) => type === "user.message").length).toBe(2)

    expect((await kintsugi(at, ["run", "-r", id, "hello", "again"])).code).toBe(2)
    expect((await kintsugi(at, ["run", "-r", id, "hello again"])).stdout).toBe("Hello yourself.\n")
    const elsewhere = await kintsugi(at, ["run", "-r", id, "hello", "-C", at.home])
    expect(elsewhere.stderr).toContain(`was begun in ${at.cwd}; it goes on in`)
    expect((await kintsugi(at, ["session", "delete", id])).code).toBe(0)
    expect(JSON.parse((await kintsugi(at, ["session", "list", "--json"])).stdout)).toEqual([])
    expect(await kintsugi(at, ["run", "-r", id, "hello"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("session list")
    })
  })

  it("survives kill -9 in the middle of a call: whole, honest, and ready to go on", async () => {
    await using at = await place()
    const model = await scripted(at, [
      {
        when: "work",
        turns: [{ text: "Working.", calls: [{ tool: "execute_bash", input: { command: "echo $$ > pid; sleep 60" } }] }]
      },
      { when: "after", turns: [{ text: "I see that it was interrupted." }] }
    ])
    const { child, ended } = begin(at, ["run", "work", "-y", ...model])
    await seen(child.stderr!, "→ execute_bash")
    const pid = await pidIn(at)
    child.kill("SIGKILL")
    expect(await ended).toMatchObject({ signal: "SIGKILL" })

    const { code, stdout } = await kintsugi(at, ["run", "-c", "after"])
    expect({ code, stdout }).toEqual({ code: 0, stdout: "I see that it was interrupted.\n" })
    const { transcript } = JSON.parse((await kintsugi(at, ["session", "show", "latest", "--json"])).stdout)
    expect(transcript.map((message: { role: string }) => message.role)).toEqual([
      "user",
      "assistant",
      "tool",
      "user",
      "assistant"
    ])
    expect(JSON.stringify(transcript[2])).toContain("state unknown")
    // Nothing that it started is left.
    await vi.waitUntil(() => !isAlive(pid), { timeout: 5_000 })
  })
})

describe("the end of the process", () => {
  const sleeping = [
    {
      when: "sleep",
      turns: [{ calls: [{ tool: "execute_bash", input: { command: "echo $$ > pid; exec sleep 60" } }] }]
    }
  ]

  it.each([
    { signal: "SIGINT" as const, code: 130 },
    { signal: "SIGTERM" as const, code: 143 }
  ])("on $signal everything it started ends and the session is kept", async ({ signal, code }) => {
    await using at = await place()
    const { child, ended } = begin(at, ["run", "sleep", "-y", ...(await scripted(at, sleeping))])
    const pid = await pidIn(at)
    child.kill(signal)
    expect(await ended).toMatchObject({ code, stderr: expect.stringContaining("cancelled") })
    expect(isAlive(pid)).toBe(false)
    expect((await kintsugi(at, ["session", "show", "latest"])).stdout).toContain("cancelled")
  })

  it("is quiet when its reader has seen enough", async () => {
    await using at = await place()
    const long = [{ when: "long", turns: [{ text: "x".repeat(1_000_000) }] }]
    const run = [process.execPath, bin, "run", "long", ...(await scripted(at, long))]
      .map((word) => `'${word}'`)
      .join(" ")
    const said = execFileSync("bash", ["-c", `{ ${run} | head -c 10; echo " \${PIPESTATUS[0]}"; } 2>&1`], {
      cwd: at.cwd,
      env: at.env
    })
    expect(said.toString()).toMatch(/^x{10}/m)
    expect(said.toString()).toMatch(/ 0\n$/)
    expect(said.toString()).not.toContain("EPIPE")
  })
})
