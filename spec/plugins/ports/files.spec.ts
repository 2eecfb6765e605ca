import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile
} from "node:fs/promises"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { PortError } from "../../../plugins/ports.ts"
import { files } from "../../../plugins/ports/files.ts"

let base: string
let cwd: string

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-files-")))
  cwd = join(base, "app")
  for (const folder of ["app/src", "app-evil", "outside", "outputs"])
    await mkdir(join(base, folder), { recursive: true })
  for (const file of ["app/src/a.ts", "app-evil/a.ts", "outside/secret", "outputs/long.txt"])
    await writeFile(join(base, file), file)
})
afterEach(() => rm(base, { recursive: true }))

const open = (options: Partial<Parameters<typeof files>[0]> = {}) =>
  files({ cwd, allowed: ["./"], blocked: [], ...options })
const text = async (bytes: Promise<Uint8Array>) => Buffer.from(await bytes).toString()
const failure = async (work: Promise<unknown>): Promise<PortError> => {
  const error = await work.then(
    () => expect.unreachable("it should have been refused"),
    (error: unknown) => error
  )
  expect(error).toBeInstanceOf(PortError)
  return error as PortError
}

describe("paths inside", () => {
  it.each(["src/a.ts", "./src/../src/a.ts", "src//a.ts"])("takes %s", async (path) => {
    expect(await open().resolve(path)).toBe(join(cwd, "src/a.ts"))
    expect(await text(open().read(path))).toBe("app/src/a.ts")
  })

  it("takes an absolute path, the working folder itself and one that begins with dots", async () => {
    expect(await open().resolve(join(cwd, "src/a.ts"))).toBe(join(cwd, "src/a.ts"))
    expect(await open().resolve(".")).toBe(cwd)
    expect(await open().resolve("..foo/bar")).toBe(join(cwd, "..foo/bar"))
  })

  it("takes ~/ as the home folder, and only that", async () => {
    const home = open({ allowed: ["~/"], blocked: ["./"] })
    expect(await home.resolve("~/kintsugi-none")).toBe(join(await realpath(homedir()), "kintsugi-none"))
    expect(await open().resolve("~other")).toBe(join(cwd, "~other"))
  })

  it("follows links that stay inside, also through a working folder that is a link", async () => {
    await symlink("src/a.ts", join(cwd, "link"))
    await symlink(cwd, join(base, "alias"))
    expect(await open().resolve("link")).toBe(join(cwd, "src/a.ts"))
    const aliased = open({ cwd: join(base, "alias") })
    expect(await aliased.resolve("src/a.ts")).toBe(join(cwd, "src/a.ts"))
    expect(aliased.display(join(cwd, "src/a.ts"))).toBe("src/a.ts")
  })

  it("allows everything below / when told so", async () => {
    expect(await text(open({ allowed: ["/"] }).read(join(base, "outside/secret")))).toBe("outside/secret")
  })

  it("shows paths as people would write them", () => {
    expect([join(cwd, "src/a.ts"), "src/../b", cwd, join(base, "outside")].map(open().display)).toEqual([
      "src/a.ts",
      "b",
      ".",
      join(base, "outside")
    ])
  })
})

describe("paths outside", () => {
  it.each([
    "../outside/secret",
    "src/../../outside/secret",
    "../app-evil/a.ts",
    "..",
    "/",
    "/proc/self/root/etc/passwd",
    "~"
  ])("refuses %s", async (path) => {
    expect((await failure(open().resolve(path))).kind).toBe("permission_denied")
    expect((await failure(open().read(path))).kind).toBe("permission_denied")
    expect((await failure(open().write(path, "x"))).kind).toBe("permission_denied")
    expect((await failure(open().stat(path))).kind).toBe("permission_denied")
  })

  it("refuses another spelling of the folder's name", async () => {
    await mkdir(join(base, "APP"), { recursive: true })
    const sameFolder = (await stat(join(base, "APP"))).ino === (await stat(cwd)).ino
    if (sameFolder) return
    expect((await failure(open().resolve("../APP/x"))).kind).toBe("permission_denied")
  })

  it.each([
    ["a link to a file", "../outside/secret", "link"],
    ["a link to a folder", "../outside", "link/secret"],
    ["a link that leads nowhere", "../outside/new", "link"],
    ["a link in the way of what does not exist", "../outside", "link/new/deep"],
    ["a link to a link", "second", "link"]
  ])("refuses %s", async (_, target, path) => {
    await symlink(target, join(cwd, "link"))
    await symlink("../outside/new", join(cwd, "second"))
    const error = await failure(open().write(path, "x"))
    expect(error.kind).toBe("permission_denied")
    expect(error.message).toContain(join(base, "outside"))
    expect(error.message).toContain("tools.allowed_paths")
    expect(await readdir(join(base, "outside"))).toEqual(["secret"])
  })

  it("refuses links in a circle, NUL characters and no path at all", async () => {
    await symlink("two", join(cwd, "one"))
    await symlink("one", join(cwd, "two"))
    for (const path of ["one", "one/x", "a\0b", ""])
      expect((await failure(open().resolve(path))).kind).toBe("invalid_arguments")
  })

  it("does not follow its own root when that becomes a link", async () => {
    const confined = open({ allowed: ["./src"] })
    await confined.resolve("src/a.ts")
    await rename(join(cwd, "src"), join(cwd, "old"))
    await symlink(join(base, "outside"), join(cwd, "src"))
    expect((await failure(confined.read("src/secret"))).kind).toBe("permission_denied")
  })
})

describe("blocked paths", () => {
  it("win over allowed ones, by any way", async () => {
    await symlink("src", join(cwd, "alias"))
    const confined = open({ allowed: ["./", "./src"], blocked: ["./src"] })
    for (const path of ["src/a.ts", "alias/a.ts", "src", "src/new", join(cwd, "src/a.ts")]) {
      const error = await failure(confined.read(path))
      expect([error.kind, error.message]).toEqual(["permission_denied", expect.stringContaining("tools.blocked_paths")])
    }
    expect(await confined.stat("other")).toBeUndefined()
  })

  it("are followed when they are links, also when they come into being later", async () => {
    const confined = open({ blocked: ["./vault"] })
    expect(await text(confined.read("src/a.ts"))).toBe("app/src/a.ts")
    await symlink("src", join(cwd, "vault"))
    expect((await failure(confined.read("src/a.ts"))).kind).toBe("permission_denied")
  })

  it("may be single files", async () => {
    await writeFile(join(cwd, ".env"), "KEY=1")
    expect((await failure(open({ blocked: ["./.env"] }).read(".env"))).kind).toBe("permission_denied")
  })
})

describe("reading", () => {
  it("reads where only reading is allowed, and does not write there", async () => {
    const confined = open({ readable: [join(base, "outputs")] })
    expect(await text(confined.read(join(base, "outputs/long.txt")))).toBe("outputs/long.txt")
    expect((await failure(confined.write(join(base, "outputs/long.txt"), "x"))).kind).toBe("permission_denied")
  })

  it("says what is wrong with what cannot be read", async () => {
    expect(await failure(open().read("none"))).toMatchObject({ kind: "not_found", message: "none: does not exist" })
    expect(await failure(open().read("src/a.ts/b"))).toMatchObject({ kind: "not_found" })
    expect(await failure(open().read("src"))).toMatchObject({
      kind: "invalid_arguments",
      message: "src is a folder, not a file"
    })
    expect(await failure(open({ allowed: ["/dev"] }).read("/dev/zero"))).toMatchObject({ kind: "invalid_arguments" })
    expect(await failure(open().read("x".repeat(300)))).toMatchObject({ kind: "invalid_arguments" })
  })

  it("tells kind, size and time", async () => {
    const before = Date.now() - 100
    await open().write("src/b.ts", "four")
    expect(await open().stat("src/b.ts")).toMatchObject({ kind: "file", size: 4 })
    expect((await open().stat("src/b.ts"))?.changedAt).toBeGreaterThan(before)
    expect(await open().stat("src")).toMatchObject({ kind: "folder" })
    expect([await open().stat("none"), await open().stat("src/a.ts/b")]).toEqual([undefined, undefined])
  })
})

describe("writing", () => {
  it("makes missing folders and writes text and bytes", async () => {
    await open().write("new/deep/file", "héllo")
    await open().write("new/bytes", Uint8Array.of(0, 255))
    expect(await text(open().read("new/deep/file"))).toBe("héllo")
    expect([...(await open().read("new/bytes"))]).toEqual([0, 255])
  })

  it("keeps the mode of a file", async () => {
    await chmod(join(cwd, "src/a.ts"), 0o751)
    await open().write("src/a.ts", "new")
    expect((await stat(join(cwd, "src/a.ts"))).mode & 0o7777).toBe(0o751)
  })

  it("writes through a link and leaves it a link, also one that led nowhere", async () => {
    await symlink("src/a.ts", join(cwd, "link"))
    await symlink("made/later", join(cwd, "dangling"))
    await open().write("link", "through")
    await open().write("dangling", "made")
    expect((await lstat(join(cwd, "link"))).isSymbolicLink()).toBe(true)
    expect(await readlink(join(cwd, "dangling"))).toBe("made/later")
    expect([await text(open().read("src/a.ts")), await text(open().read("made/later"))]).toEqual(["through", "made"])
  })

  it("is seen whole or not at all by whoever reads meanwhile, and leaves nothing behind", async () => {
    const contents = ["a", "b"].map((letter) => letter.repeat(300_000))
    await open().write("big", contents[0] ?? "")
    const stop = new AbortController()
    const writer = async () => {
      for (let n = 0; n < 20; n++) await open().write("big", contents[n % 2] ?? "")
      stop.abort()
    }
    const reader = async () => {
      while (!stop.signal.aborted) expect(contents).toContain(await text(open().read("big")))
    }
    await Promise.all([writer(), reader()])
    expect(await readdir(cwd)).toEqual(["big", "src"])
  })

  it("refuses what is no file", async () => {
    expect(await failure(open().write("src", "x"))).toMatchObject({ kind: "invalid_arguments" })
    expect(await failure(open().write("src/a.ts/b", "x"))).toMatchObject({
      kind: expect.stringMatching(/invalid_arguments|not_found/)
    })
    expect(await readdir(cwd)).toEqual(["src"])
  })
})
