/** The smallest files that are images, of any size that a spec wants them to say they have. */

const bytes = (...parts: ReadonlyArray<string | ReadonlyArray<number>>): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))))

const big = (value: number): ReadonlyArray<number> => [
  value >>> 24,
  (value >>> 16) & 255,
  (value >>> 8) & 255,
  value & 255
]
const two = (value: number): ReadonlyArray<number> => [value >>> 8, value & 255]
const swapped = (value: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, n) => (value >>> (8 * n)) & 255)

export const pictures = {
  png: (width: number, height: number) =>
    bytes("\x89PNG\r\n\x1a\n", big(13), "IHDR", big(width), big(height), [8, 2, 0, 0, 0]),
  gif: (width: number, height: number) => bytes("GIF89a", swapped(width, 2), swapped(height, 2), [0, 0, 0]),
  /** With a comment and a table before its frame. */
  jpg: (width: number, height: number) =>
    bytes(
      [0xff, 0xd8, 0xff, 0xfe, 0, 6],
      "abcd",
      [0xff, 0xc4, 0, 4, 1, 2],
      [0xff, 0xc2, 0, 17, 8],
      two(height),
      two(width),
      [3]
    ),
  /** The extended form. */
  webp: (width: number, height: number) =>
    bytes("RIFF", big(0), "WEBPVP8X", swapped(10, 4), [0, 0, 0, 0], swapped(width - 1, 3), swapped(height - 1, 3))
}

/** The two simple forms of WebP: lossy, lossless. */
export const simpleWebp = {
  lossy: (width: number, height: number) =>
    bytes("RIFF", big(0), "WEBPVP8 ", swapped(10, 4), [0, 0, 0, 0x9d, 1, 0x2a], swapped(width, 2), swapped(height, 2)),
  lossless: (width: number, height: number) =>
    bytes("RIFF", big(0), "WEBPVP8L", swapped(10, 4), [0x2f], swapped((width - 1) | ((height - 1) << 14), 4))
}
