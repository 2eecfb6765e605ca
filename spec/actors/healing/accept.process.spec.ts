import { spawnSync } from "node:child_process"
import fs, {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { besideOf, checkSource, replaceSource } from "../../../actors/healing/accept.ts"
import { memoryLedger } from "../../../actors/healing/memory-ledger.ts"
import type { Ledger } from "../../../healing/ledger.ts"
import { patch, type PluginFolder, pluginFolder, runs, sha256, statuses } from "../../healing/ledger-world.ts"

let folder: PluginFolder
let ledger: Ledger
let core: string
beforeEach(() => {
  folder = pluginFolder()
  ledger = memoryLedger()
  core = join(folder.above, "core.js")
  writeFileSync(core, "a0")
})
afterEach(() => {
  ledger.close()
  folder[Symbol.dispose]()
})

const write = (path: string, { root = folder.root, from = "a0", to = "a1" } = {}) =>
  replaceSource({ root, path, from: sha256(from), to: sha256(to), temporary: besideOf(path, "0") }, Buffer.from(to))

/** What is outside the plugin is as it was, and nothing lies about. */
const expectUntouched = () => {
  expect(readFileSync(core, "utf8")).toBe("a0")
  expect(readdirSync(folder.above).filter((name) => name.includes("tmp"))).toEqual([])
  expect(readdirSync(folder.root, { recursive: true }).filter((name) => String(name).includes("tmp"))).toEqual([])
}

describe("accept refuses (A19)", () => {
  const spoiled: ReadonlyArray<readonly [string, () => void, RegExp]> = [
    [
      "a file that became a symbolic link to another's",
      () => {
        rmSync(folder.path("a.js"))
        symlinkSync(core, folder.path("a.js"))
      },
      /a symbolic link is on the way/
    ],
    [
      "a file with a second name",
      () => {
        rmSync(folder.path("a.js"))
        linkSync(core, folder.path("a.js"))
      },
      /several names \(hard links\)/
    ],
    [
      "a plugin's folder that became a symbolic link",
      () => {
        renameSync(folder.root, `${folder.root}-moved`)
        symlinkSync(`${folder.root}-moved`, folder.root)
      },
      /a symbolic link is on the way/
    ],
    ["a file that was edited", () => folder.write("a.js", "edited"), /a\.js was edited since/],
    ["a file that is gone", () => rmSync(folder.path("a.js")), /a\.js was edited since/]
  ]
  it.each(spoiled)("%s, and changes nothing", (_, spoil, words) => {
    const id = patch(ledger, folder, { "a.js": "a1", "b.js": "b1" })
    spoil()
    expect(() => ledger.accept(id)).toThrow(words)
    expect(statuses(ledger)).toEqual({ [id]: "active" })
    expect(folder.read("b.js")).toBe("b0")
    expectUntouched()
  })

  it("before it writes the first of several files", () => {
    const id = patch(ledger, folder, { "a.js": "a1", "b.js": "b1" })
    linkSync(folder.path("b.js"), join(folder.above, "second-name.js"))
    const { ino } = statSync(folder.path("a.js"))
    expect(() => ledger.accept(id)).toThrow(/b\.js is not written: it has several names/)
    expect(statSync(folder.path("a.js")).ino).toBe(ino)
    expect(statuses(ledger)).toEqual({ [id]: "active" })
  })

  it("files of an installed package, of another plugin within, and those that two plugins mended", () => {
    folder.write("node_modules/dependency/index.js", "n0")
    expect(() => ledger.accept(patch(ledger, folder, { "node_modules/dependency/index.js": "n1" }))).toThrow(
      /an installed package's/
    )
    folder.write("sub/other/package.json", JSON.stringify({ name: "other", kintsugi: { plugin: "./c.js" } }))
    folder.write("sub/other/c.js", "c0")
    expect(() => ledger.accept(patch(ledger, folder, { "sub/other/c.js": "c1" }))).toThrow(
      /another plugin, in .*other$/
    )
    const one = patch(ledger, folder, { "a.js": "a1" }, { plugin: "one" })
    const two = patch(ledger, folder, { "a.js": "a2" }, { plugin: "two" })
    expect(() => ledger.accept(two)).toThrow(new RegExp(`seam ${one} of the plugin one`))
    expectUntouched()
  })

  it("a way out of the folder, and a folder that only begins alike", () => {
    const out = /not in the plugin's own folder/
    for (const path of [`${folder.root}/../core.js`, `${folder.root}/./a.js`, "a.js", core, folder.root])
      expect(() => write(path)).toThrow(out)
    mkdirSync(`${folder.root}-2`)
    writeFileSync(`${folder.root}-2/a.js`, "a0")
    expect(() => write(`${folder.root}-2/a.js`)).toThrow(out)
    expectUntouched()
  })

  it("what is no regular file", () => {
    mkdirSync(folder.path("c.js"))
    expect(spawnSync("mkfifo", [folder.path("pipe.js")]).status).toBe(0)
    for (const name of ["c.js", "pipe.js"]) expect(() => write(folder.path(name))).toThrow(/no regular file/)
    expectUntouched()
  })

  it("a package within the plugin that is no plugin, not", () => {
    folder.write("dist/package.json", JSON.stringify({ type: "commonjs" }))
    folder.write("dist/c.js", "a0")
    write(folder.path("dist/c.js"))
    expect(folder.read("dist/c.js")).toBe("a1")
  })
})

describe("swapped between check and rename", () => {
  const real = fs.fchmodSync
  afterEach(() => {
    fs.fchmodSync = real
    syncBuiltinESMExports()
  })
  /** Runs while the text is written beside the file: after the check, before the rename. */
  const meanwhile = (act: () => void): void => {
    fs.fchmodSync = (...args) => {
      act()
      return real(...args)
    }
    syncBuiltinESMExports()
  }
  const path = () => folder.path("a.js")

  const swaps: ReadonlyArray<readonly [string, () => void, RegExp]> = [
    ["for a link to another's file", () => (rmSync(path()), symlinkSync(core, path())), /symbolic link/],
    ["for another's file under a second name", () => (rmSync(path()), linkSync(core, path())), /hard links/],
    [
      "for another file of the same content",
      () => (writeFileSync(`${core}-2`, "a0"), renameSync(`${core}-2`, path())),
      /swapped for another/
    ],
    ["for an edited one", () => writeFileSync(path(), "edited"), /edited since/],
    [
      "with its whole folder",
      () => {
        renameSync(folder.root, `${folder.root}-moved`)
        mkdirSync(join(folder.above, "elsewhere"))
        writeFileSync(join(folder.above, "elsewhere", "a.js"), "a0")
        symlinkSync(join(folder.above, "elsewhere"), folder.root)
      },
      /symbolic link/
    ]
  ]
  it.each(swaps)("%s: refused", (_, swap, words) => {
    meanwhile(swap)
    expect(() => write(path())).toThrow(words)
    expect(readFileSync(core, "utf8")).toBe("a0")
    expect(readFileSync(path(), "utf8")).not.toBe("a1")
    expect(lstatSync(core).nlink).toBeLessThanOrEqual(2)
  })

  it("for a link, between the look at the way to it and the look at itself: refused before anything is written", () => {
    const open = fs.openSync
    fs.openSync = (...args) => {
      if (args[0] === path()) {
        rmSync(path())
        symlinkSync(core, path())
      }
      return open(...args)
    }
    syncBuiltinESMExports()
    expect(() => checkSource({ root: folder.root, path: path(), from: sha256("a0") })).toThrow(/it is a symbolic link$/)
    fs.openSync = open
  })

  it("the second of two files: the first is taken back, and the seam still holds", () => {
    const id = patch(ledger, folder, { "a.js": "a1", "b.js": "b1" })
    let count = 0
    meanwhile(() => {
      if (++count === 2) folder.write("b.js", "edited")
    })
    expect(() => ledger.accept(id)).toThrow(/b\.js is not written: it was edited since/)
    expect([folder.read("a.js"), folder.read("b.js")]).toEqual(["a0", "edited"])
    expect(statuses(ledger)).toEqual({ [id]: "active" })
    folder.write("b.js", "b0")
    expect(runs(ledger, folder)).toEqual({ "a.js": "a1", "b.js": "b1" })
    expectUntouched()
  })
})

describe("a file that is written", () => {
  it("keeps its mode, also one that the umask would not give", () => {
    chmodSync(folder.path("a.js"), 0o666)
    write(folder.path("a.js"))
    expect(statSync(folder.path("a.js")).mode & 0o7777).toBe(0o666)
  })

  it.skipIf(process.getuid?.() !== 0)("keeps its owner (needs root)", () => {
    fs.chownSync(folder.path("a.js"), 1234, 5678)
    write(folder.path("a.js"))
    expect(statSync(folder.path("a.js"))).toMatchObject({ uid: 1234, gid: 5678 })
  })

  it("is another file then, so that who reads the old one reads it whole", () => {
    const { ino } = statSync(folder.path("a.js"))
    write(folder.path("a.js"))
    expect(statSync(folder.path("a.js")).ino).not.toBe(ino)
    expect(checkSource({ root: folder.root, path: folder.path("a.js"), from: sha256("a1") }).isFile()).toBe(true)
  })

  it("is written although an attempt before left something beside it", () => {
    writeFileSync(besideOf(folder.path("a.js"), "0"), "half")
    write(folder.path("a.js"))
    expect(folder.read("a.js")).toBe("a1")
    expectUntouched()
  })
})
