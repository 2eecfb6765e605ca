import { writeFileSync } from "node:fs"
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { fileName } from "../../plugins/ports/file-name.ts"
import { fileLimits, FilesError, receivedIn, sentIn, sessionFiles } from "../../actors/session-files.ts"
import { contentWithFiles } from "../../channels/given-files.ts"
import type { SentFile } from "../../plugins/tool.ts"
import { played } from "./played-model.ts"
import { answersOf, makeStage } from "./stage.ts"

const stage = makeStage()
let data: string
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "kintsugi-files-"))
})
afterEach(() => rm(data, { recursive: true }))

const bytes = (text: string) => new TextEncoder().encode(text)
const kindOf = (error: unknown) => (error instanceof FilesError ? error.kind : error)

/** A pixel. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64"
)

const sending = (input: object) => played([{ calls: [{ id: "c", name: "send_file", input }] }, "done"])

const open = async (model: ReturnType<typeof played>, more: { data?: string; takesFiles?: boolean } = {}) => {
  const runtime = await stage.start({ model, ...(more.data === undefined ? {} : { data: more.data }) })
  const session = await runtime.open({ unattended: true, takesFiles: more.takesFiles ?? true })
  return { runtime, session }
}

describe("names of files", () => {
  it("are one harmless part of a path, whatever is given", () => {
    const given = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.stringMatching(/^[./\\ ~\0a:-]{0,30}$/),
      fc.constantFrom(
        "..",
        ".",
        "",
        "../../etc/passwd",
        "C:\\x\\CON",
        "con.txt",
        "a\u202Efdp.exe",
        "-rf",
        "~",
        "x\n.sh"
      )
    )
    fc.assert(
      fc.property(given, (text) => {
        const name = fileName(text)
        expect(name).toMatch(/^[^./\\\s-][^/\\\p{Cc}\p{Cf}]*$/u)
        expect(basename(name)).toBe(name)
        expect(Buffer.byteLength(name)).toBeLessThan(200)
        expect(name).not.toMatch(/^(con|nul|aux|prn)(\.|$)/i)
        expect(fileName(name)).toBe(name)
      })
    )
  })

  it("keep their ending", () => {
    expect(fileName(`${"ä".repeat(300)}.tar.gz`)).toMatch(/^ä+\.tar\.gz$/)
    expect(fileName("/home/me/My report.PDF")).toBe("My report.PDF")
  })
})

describe("files of a session's user", () => {
  it("lie where the agent's tools read them, and nowhere else", async () => {
    const input: { path?: string } = {}
    const model = played([{ calls: [{ id: "c", name: "read_file", input }] }, "done"])
    const { session } = await open(model, { data })
    const content = await contentWithFiles(session, "Look.", [
      { name: "../../../x.csv", mime: "text/csv", bytes: bytes("a,b\n1,2\n") }
    ])
    input.path = /from the user: (\S+)/.exec(JSON.stringify(content))?.[1]
    await session.ask(content)
    const [answer] = session.view().transcript.filter(({ role }) => role === "tool")
    expect(JSON.stringify(answer)).toContain("a,b")
    const { path } = await session.files.put("../../../x.csv", "text/csv", bytes("new"))
    expect(dirname(path)).toBe(join(data, "outputs", session.id, "received"))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it("are never replaced", async () => {
    const files = sessionFiles(data)
    const stored = await Promise.all(["1", "2", "3"].map((text) => files.put("a.tar.gz", "x/y", bytes(text))))
    expect(stored.map(({ name }) => name)).toEqual(["a.tar.gz", "a-2.tar.gz", "a-3.tar.gz"])
    expect(await Promise.all(stored.map(({ path }) => readFile(path, "utf8")))).toEqual(["1", "2", "3"])
  })

  it("are not written through a link that waits there", async () => {
    const files = sessionFiles(data)
    const first = await files.put("a.txt", "text/plain", bytes("1"))
    await writeFile(join(data, "precious"), "old")
    await symlink(join(data, "precious"), join(dirname(first.path), "b.txt"))
    expect((await files.put("b.txt", "text/plain", bytes("new"))).name).toBe("b-2.txt")
    expect(await readFile(join(data, "precious"), "utf8")).toBe("old")
  })

  it("have bounds in size and number", async () => {
    const files = sessionFiles(data)
    const big = files.put("big", "x/y", new Uint8Array(fileLimits.bytes + 1))
    expect(await big.catch(kindOf)).toBe("too_large")
    await files.put("x", "x/y", bytes("x"))
    for (let nth = 1; nth < fileLimits.count; nth += 1) writeFileSync(join(data, receivedIn, `${nth}`), "x")
    expect(await files.put("x", "x/y", bytes("x")).catch(kindOf)).toBe("too_many")
    expect((await files.keep("y", bytes("y"))).size).toBe(1)
  })

  it("have these bounds also when they come at once", async () => {
    const files = sessionFiles(data)
    await files.put("x", "x/y", bytes("x"))
    for (let nth = 2; nth < fileLimits.count; nth += 1) writeFileSync(join(data, receivedIn, `${nth}`), "x")
    const all = await Promise.all(["a", "b", "c"].map((name) => files.put(name, "x/y", bytes("x")).catch(kindOf)))
    expect(all.filter((one) => one === "too_many")).toHaveLength(2)
  })

  it("are told as a failure when the disk refuses", async () => {
    await writeFile(join(data, "received"), "in the way")
    expect(await sessionFiles(data).put("x", "x/y", bytes("x")).catch(kindOf)).toBe("unavailable")
  })

  it("are pictures only if their bytes are", async () => {
    const { session } = await open(played(["done"]))
    const content = await contentWithFiles(session, "See.", [
      { name: "a.png", mime: "image/png", bytes: png },
      { name: "b.png", mime: "image/png", bytes: bytes("<script>") },
      { name: "c.png", mime: "text/plain", bytes: png }
    ])
    expect(content.map(({ type }) => type)).toEqual(["text", "image", "image"])
    expect(content[0]).toMatchObject({ text: expect.stringMatching(/^See\.\n\n\[File from the user: \S+b\.png/) })
  })
})

describe("send_file", () => {
  it("is offered only where the user can take files", async () => {
    const named = ({ view }: { view: () => { tools: ReadonlyArray<{ name: string }> } }) =>
      view().tools.some(({ name }) => name === "send_file")
    expect(named((await open(played([]))).session)).toBe(true)
    expect(named((await open(played([]), { takesFiles: false })).session)).toBe(false)
  })

  it("gives later readers the bytes of the time of sending, also after a restart", async () => {
    await writeFile(join(stage.folder(), "report.csv"), "old")
    const { runtime, session } = await open(sending({ path: "report.csv", name: "../My report.csv" }), { data })
    const told: Array<Parameters<typeof answersOf>[0][number]> = []
    session.events.subscribe((notice) => told.push(notice))
    await session.ask("send it")
    const [answer] = answersOf(told)
    const sent = answer === undefined ? undefined : sentIn(answer)
    expect(sent).toMatchObject({ name: "My report.csv", mime: "text/csv", size: 3 })
    await writeFile(join(stage.folder(), "report.csv"), "new")
    await runtime.close()
    const later = await open(played([]), { data })
    const again = await later.runtime.open({ resume: session.id })
    const { id } = sent as SentFile
    expect(await again.files.get(id)).toEqual({ name: "My report.csv", mime: "text/csv", bytes: Buffer.from("old") })
    // Another session of the same user knows nothing of it.
    expect(await later.session.files.get(id).catch(kindOf)).toBe("not_found")
    expect(await later.session.files.get(`../../${session.id}/sent/${id}`).catch(kindOf)).toBe("not_found")
  })

  it.each([
    ["a path outside the allowed folders", { path: "/etc/passwd" }, "permission_denied", "tools.allowed_paths"],
    ["what is not there", { path: "none.txt" }, "not_found", "does not exist"],
    ["a folder", { path: "." }, "invalid_arguments", "pack it into an archive"],
    ["what is too large", { path: "large" }, "invalid_arguments", "compress it"]
  ])("refuses %s, and says what to do", async (_, input, errorClass, advice) => {
    await writeFile(join(stage.folder(), "large"), new Uint8Array(fileLimits.bytes + 1))
    const { session } = await open(sending(input))
    await session.ask("send it")
    const [answer] = session.view().transcript.filter(({ role }) => role === "tool")
    expect(answer).toMatchObject({ success: false, errorClass })
    expect(JSON.stringify(answer)).toContain(advice)
  })

  it("is not believed when a plugin forges what was sent", () => {
    const id = "00000000-0000-4000-8000-000000000000"
    const good = { id, name: "x", mime: "x/y", size: 1 }
    expect(sentIn({ success: true, sent: good })).toBe(good)
    for (const sent of [null, 1, "x", {}, { ...good, id: "../x" }, { ...good, size: "1" }, { ...good, name: null }])
      expect(sentIn({ success: true, sent: sent as unknown as SentFile })).toBeUndefined()
  })
})
