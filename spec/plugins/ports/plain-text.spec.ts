import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { plainText } from "../../../plugins/ports/plain-text.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const whole = (input: Uint8Array | string) => {
  const plain = plainText()
  return plain.push(typeof input === "string" ? bytes(input) : input) + plain.end()
}

it.each([
  ["a progress bar", "10%\r50%\r100%\ndone\n", "100%\ndone\n"],
  ["a bar that ends with a return", "10%\r100%\r", "100%"],
  ["Windows line ends", "a\r\nb\r\r\n", "a\nb\n"],
  ["colours and titles", "\u001B[1;31mred\u001B[0m \u001B]0;a title\u0007plain\n", "red plain\n"],
  ["other controls", "a\u0000b\u0007\tc\u0085\n", "ab\tc\n"],
  ["what is no UTF-8", Uint8Array.of(0x61, 0xff, 0xc3, 0x0a), "a\uFFFD\uFFFD\n"],
  ["a byte order mark, as it is", "\uFEFFa", "\uFEFFa"]
])("cleans %s", (_, input, expected) => {
  expect(whole(input)).toBe(expected)
})

describe("however the bytes are cut", () => {
  const piece = fc.constantFrom(
    "word",
    "é😀",
    "\r",
    "\n",
    "\r\n",
    "\u001B[31m",
    "\u001B[0m",
    "\u001B[2K",
    "\u001B]0;my title\u0007",
    "\u001B]8;;http://x.y/\u001B\\",
    "\u0000",
    " ".repeat(50)
  )

  it("gives the same text", () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40, size: "max" }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (pieces, sizes) => {
          const input = bytes(pieces.join(""))
          const plain = plainText()
          let text = ""
          for (let at = 0, n = 0; at < input.length; n++) {
            const size = sizes[n % sizes.length] ?? 1
            text += plain.push(input.subarray(at, at + size))
            at += size
          }
          expect(text + plain.end()).toBe(whole(input))
        }
      ),
      { numRuns: 300 }
    )
  })

  it("keeps no control characters, and is done with each line at its end", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }), (chunks) => {
        const plain = plainText()
        const committed = chunks.map(plain.push).join("")
        // oxlint-disable-next-line no-control-regex
        expect(committed + plain.pending() + plain.end()).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/)
        expect(committed === "" || committed.endsWith("\n")).toBe(true)
      })
    )
  })
})

it("lets go of very long lines, and of a bar that never ends keeps only the last state", () => {
  const plain = plainText()
  expect(plain.push(bytes("x".repeat(20_000)))).toHaveLength(20_000)
  for (let n = 0; n <= 5000; n++) expect(plain.push(bytes(`\r${n} of 5000`))).toBe("")
  expect(plain.pending()).toBe("5000 of 5000")
})
