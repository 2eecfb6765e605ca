import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { expect, it } from "vitest"
import { type Files, PortError } from "../../../plugins/ports.ts"
import { files } from "../../../plugins/ports/files.ts"

const name = fc.constantFrom("a", "b", "c")
const anywhere = fc.array(fc.constantFrom("a", "b", "..", ".", "new", "work", "work-evil", "outside", "closed"), {
  minLength: 1,
  maxLength: 4
})

/** Where an attacker would look first: from a link in the working folder. */
const attack = fc.constantFrom(
  ["..", "outside"],
  ["..", "outside", "a"],
  ["..", "work-evil"],
  ["closed"],
  ["closed", "a"],
  ["closed", "new"]
)
const link = fc.constant("link" as const)

/** Something to put into the tree; most are links, to where an attacker would look first, to each other, or anywhere. */
const making = fc.record({
  kind: fc.oneof({ weight: 4, arbitrary: link }, fc.constantFrom("folder" as const, "file" as const)),
  at: fc.oneof({ weight: 3, arbitrary: fc.tuple(name) }, fc.tuple(name, name)),
  root: fc.oneof({ weight: 4, arbitrary: fc.constant("work") }, fc.constantFrom("outside", "work/closed")),
  target: fc.oneof({ weight: 2, arbitrary: attack }, fc.tuple(name), anywhere),
  absolute: fc.boolean()
})
/** What a tool asks for: a path through something that was made, or any other. */
const access = fc.record({
  write: fc.boolean(),
  through: fc.option(fc.nat(30), { freq: 6 }),
  path: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom([], ["a"], ["b", "a"], ["new"], ["..", "closed", "a"]) },
    anywhere
  ),
  absolute: fc.boolean()
})
type Making = typeof making extends fc.Arbitrary<infer A> ? A : never
type Access = typeof access extends fc.Arbitrary<infer A> ? A : never

/** All that lies outside, and inside the blocked folder: names, contents and where links lead. */
const forbidden = (base: string, path = ""): ReadonlyArray<string> => {
  const full = join(base, path)
  const info = lstatSync(full)
  const isInside =
    (path === "work" || path.startsWith("work/")) && path !== "work/closed" && !path.startsWith("work/closed/")
  const own = info.isSymbolicLink() ? readlinkSync(full) : info.isFile() ? readFileSync(full, "utf8") : "folder"
  const deeper = info.isDirectory()
    ? readdirSync(full)
        .toSorted()
        .flatMap((entry) => forbidden(base, join(path, entry)))
    : []
  return isInside ? deeper : [`${path}=${own}`, ...deeper]
}

/** Adds one random thing, where there is room for it and only below `base`: links made before may lead out of it. */
const make = (base: string, { kind, at, root, target, absolute }: Making): void => {
  const path = join(base, root, ...at)
  try {
    if (!`${realpathSync(dirname(path))}/`.startsWith(`${base}/`)) return
    if (kind === "folder") mkdirSync(path)
    if (kind === "link") symlinkSync(absolute ? join(base, "work", ...target) : target.join("/"), path)
    if (kind === "file") writeFileSync(path, "", { flag: "wx" })
  } catch {
    // Something is there already, or there is no such folder.
  }
}

/** Writes into each file which kind of place it is in: a random link may have put it elsewhere than its path says. */
const markByPlace = (base: string, path = ""): void => {
  const full = join(base, path)
  const info = lstatSync(full)
  const isOpen = path.startsWith("work/") && !path.startsWith("work/closed/")
  if (info.isFile()) writeFileSync(full, isOpen ? "open" : "secret")
  if (info.isDirectory()) for (const entry of readdirSync(full)) markByPlace(base, join(path, entry))
}

it("never reads or writes anything outside, whatever the links are", async () => {
  const property = fc.asyncProperty(
    fc.array(making, { minLength: 3, maxLength: 8, size: "max" }),
    fc.array(access, { minLength: 3, maxLength: 8, size: "max" }),
    async (makings, accesses) => {
      const top = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-confined-")))
      // Deep enough that no random link leads out of what is removed afterwards, should the guard fail.
      const base = join(top, "1/2/3/4/5/6/7/8")
      try {
        for (const root of ["work/closed", "outside", "work-evil"]) {
          mkdirSync(join(base, root, "b"), { recursive: true })
          writeFileSync(join(base, root, "a"), "")
        }
        for (const one of makings) make(base, one)
        markByPlace(base)
        const before = forbidden(base)
        const confined = files({ cwd: join(base, "work"), allowed: ["./"], blocked: ["./closed"] })
        for (const one of accesses) {
          const start = one.through === null ? [] : (makings[one.through % makings.length]?.at ?? [])
          expect(await use(confined, base, one, start)).not.toBe("secret")
        }
        expect(forbidden(base)).toEqual(before)
      } finally {
        rmSync(top, { recursive: true, force: true })
      }
    }
  )
  await fc.assert(property, { numRuns: 60 })
})

/** @returns what was read, or nothing. */
const use = async (confined: Files, base: string, { write, path, absolute }: Access, start: ReadonlyArray<string>) => {
  const asked = absolute ? join(base, "work", ...start, ...path) : [...start, ...path].join("/")
  try {
    if (!write) return Buffer.from(await confined.read(asked)).toString()
    await confined.write(asked, "written")
  } catch (error) {
    expect(error).toBeInstanceOf(PortError)
  }
  return ""
}
