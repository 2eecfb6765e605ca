import { execFileSync } from "node:child_process"
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { AttachmentError, contentWith, imageLabels, mayMention } from "../../channels/attachments.ts"
import { imageSize } from "../../channels/image-size.ts"
import { makeWorld, type World } from "../actors/world.ts"
import { pictures, simpleWebp } from "./pictures.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
})
afterEach(() => world.remove())

const put = (name: string, data: Uint8Array, folder = world.cwd): string => {
  const path = join(folder, name)
  writeFileSync(path, data)
  return path
}
const content = (text: string) => contentWith(text, { cwd: world.cwd, home: world.home })
/** The labels of what came with a text, which itself always stays as it is. */
const labels = async (text: string) => {
  const all = await content(text)
  expect(all[0]).toEqual({ type: "text", text })
  expect(all.slice(1).every(({ type }) => type === "image")).toBe(true)
  return imageLabels(all)
}

describe("images that a message mentions", () => {
  it("come with it, named by what they are and not by their ending", async () => {
    const png = pictures.png(800, 600)
    put("a.png", png)
    expect(await content("see @a.png")).toEqual([
      { type: "text", text: "see @a.png" },
      { type: "image", mime: "image/png", data: png.toString("base64"), name: "a.png" }
    ])
    put("photo.png", pictures.jpg(640, 480))
    put("drawing", pictures.webp(5000, 3))
    put("moving.gif", pictures.gif(7, 9))
    expect(await labels("@photo.png and @drawing\n@moving.gif")).toEqual([
      "[image: photo.png, 640×480]",
      "[image: drawing, 5000×3]",
      "[image: moving.gif, 7×9]"
    ])
  })

  it("are found by any path, with spaces in quotation marks, each once", async () => {
    const path = put("my picture.png", pictures.png(1, 2))
    put("home.png", pictures.png(3, 4), world.home)
    const label = "[image: my picture.png, 1×2]"
    expect(await labels(`@"my picture.png" @"${path}"`)).toEqual([label])
    expect(await labels(`(@~/home.png) @${join(world.home, "home.png")} @"~/home.png"`)).toEqual([
      "[image: home.png, 3×4]"
    ])
    expect(await labels("@my picture.png")).toEqual([])
  })

  it("end before what belongs to the sentence, unless the file is called so", async () => {
    put("a.png", pictures.png(1, 1))
    put("b.png!", pictures.png(2, 2))
    put("c.gif", pictures.gif(3, 3))
    expect(await labels("Is it @a.png, @a.png. or (@a.png)? @a.png!")).toEqual(["[image: a.png, 1×1]"])
    expect(await labels("@b.png!")).toEqual(["[image: b.png!, 2×2]"])
    expect(await labels("the first one (@a.png) and [@c.gif]")).toEqual(["[image: a.png, 1×1]", "[image: c.gif, 3×3]"])
  })

  it("are images only: all else stays text", async () => {
    put("notes.md", Buffer.from("# text"))
    put("fake.png", Buffer.from("not an image"))
    put("empty.png", Buffer.alloc(0))
    mkdirSync(join(world.cwd, "folder.png"))
    execFileSync("mkfifo", [join(world.cwd, "pipe.png")])
    put("a.png", pictures.png(1, 1))
    const text =
      "@notes.md @fake.png @empty.png @folder.png @pipe.png @missing.png @ @a.png/x me@a.png @\u0000 @decorator"
    expect(await labels(text)).toEqual([])
  })

  it("that are none, or are not there, are told by their names, once each; other words are not", async () => {
    put("fake.png", Buffer.from("not an image"))
    put("empty.jpeg", Buffer.alloc(0))
    mkdirSync(join(world.cwd, "folder.webp"))
    put("a.png", pictures.png(1, 1))
    const told: Array<string> = []
    const text =
      'See @missing.png, @fake.png @empty.jpeg (@folder.webp) @"no such.GIF" @missing.png @a.png. @a.png @notes.md @x'
    const sent = await contentWith(text, { cwd: world.cwd, home: world.home }, (line) => told.push(line))
    expect([sent[0], sent.length]).toEqual([{ type: "text", text }, 2])
    expect(told).toEqual([
      "missing.png: no such file; it stays text",
      "fake.png: no image; it stays text",
      "empty.jpeg: no image; it stays text",
      "folder.webp: no image; it stays text",
      "no such.GIF: no such file; it stays text"
    ])
  })

  it("that are too large, alone or together, are refused with what to do", async () => {
    const path = put("big.png", pictures.png(9000, 9000))
    truncateSync(path, 3_750_001)
    await expect(content("@big.png")).rejects.toThrow(AttachmentError)
    await expect(content("@big.png")).rejects.toThrow(
      /^big\.png has 3\.75 MB; models take images of at most 3\.75 MB\. Make it/
    )
    truncateSync(path, 3_750_000)
    expect(await labels("@big.png")).toEqual(["[image: big.png, 9000×9000]"])
    expect(await labels("@big.png ".repeat(9))).toHaveLength(1)
    for (const n of [1, 2, 3, 4]) truncateSync(put(`${n}.png`, pictures.png(1, 1)), 3_750_000)
    await expect(content("@big.png @1.png @2.png @3.png @4.png")).rejects.toThrow(/at most 18 MB together/)
  })

  it("that cannot be read are told", async () => {
    const path = put("a.png", pictures.png(1, 1))
    rmSync(path)
    symlinkSync(path, path)
    await expect(content("@a.png")).rejects.toThrow(/a\.png cannot be read \(ELOOP\)/)
  })

  it("leave every other text as it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 60 }), async (text) => {
        expect(await content(text)).toEqual([{ type: "text", text }])
        if (!text.includes("@")) expect(mayMention(text)).toBe(false)
      }),
      { numRuns: 60 }
    )
  })
})

describe("the size of an image", () => {
  it("is read from every format", () => {
    const size = fc.integer({ min: 1, max: 16_383 })
    const forms = [
      ["image/png", pictures.png],
      ["image/gif", pictures.gif],
      ["image/jpeg", pictures.jpg],
      ["image/webp", pictures.webp],
      ["image/webp", simpleWebp.lossy],
      ["image/webp", simpleWebp.lossless]
    ] as const
    fc.assert(
      fc.property(fc.constantFrom(...forms), size, size, ([mime, make], width, height) => {
        expect(imageSize(make(width, height), mime)).toEqual({ width, height })
      })
    )
  })

  it("is unknown for what is cut short or makes no sense, and never throws", () => {
    const start = fc.constantFrom(pictures.png(0, 0), pictures.jpg(1, 1), pictures.webp(1, 1), pictures.gif(0, 5))
    const mime = fc.constantFrom("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
    fc.assert(
      fc.property(start, mime, fc.nat(40), fc.uint8Array({ maxLength: 60 }), (head, kind, cut, rest) => {
        const size = imageSize(Buffer.concat([head.subarray(0, cut), rest]), kind)
        if (size !== undefined) expect(Math.min(size.width, size.height)).toBeGreaterThan(0)
      })
    )
    expect(imageSize(pictures.jpg(5, 5).subarray(0, 8), "image/jpeg")).toBeUndefined()
  })

  it("is told in bytes where it is unknown", () => {
    const data = Buffer.alloc(12_345).toString("base64")
    expect(imageLabels([{ type: "image", mime: "image/jpeg", data } as { readonly type: string }])).toEqual([
      "[image: image/jpeg, 12 kB]"
    ])
  })
})
