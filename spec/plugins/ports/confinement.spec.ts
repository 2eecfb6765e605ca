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

const name = fc.constantFrom("a", "b", "c", "A", "work", "work-evil", "closed")
const steps = fc.oneof(
  fc.array(fc.oneof(name, fc.constantFrom("..", ".", "new", "outside")), { minLength: 1, maxLength: 5 }),
  // Where an attacker would look first.
  fc.constantFrom(["..", "outside"], ["..", "..", "outside", "a"], ["..", "work-evil", "b"], ["closed"], ["..", "work", "closed", "new"])
)

/** Something to put into the tree, or an access by a tool; both at a path that may lead anywhere. */
const making = fc.record({
  kind: fc.constantFrom("folder" as const, "file" as const, "link" as const),
  at: fc.array(name, { minLength: 1, maxLength: 3 }),
  root: fc.constantFrom("work", "outside", "work-evil", "work/closed"),
  target: steps,
  absolute: fc.boolean()
})
const access = fc.record({ write: fc.boolean(), path: steps, absolute: fc.boolean() })
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
    if (kind === "link") symlinkSync(absolute ? join(base, ...target) : target.join("/"), path)
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
    fc.array(making, { maxLength: 12, size: "max" }),
    fc.array(access, { maxLength: 12, size: "max" }),
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
        for (const one of accesses) expect(await use(confined, base, one)).not.toBe("secret")
        expect(forbidden(base)).toEqual(before)
      } finally {
        rmSync(top, { recursive: true, force: true })
      }
    }
  )
  await fc.assert(property, { numRuns: 150 })
})

/** @returns what was read, or nothing. */
const use = async (confined: Files, base: string, { write, path, absolute }: Access): Promise<string> => {
  const asked = absolute ? join(base, ...path) : path.join("/")
  try {
    if (!write) return Buffer.from(await confined.read(asked)).toString()
    await confined.write(asked, "written")
  } catch (error) {
    expect(error).toBeInstanceOf(PortError)
  }
  return ""
}
