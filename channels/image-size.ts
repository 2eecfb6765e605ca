/** Width and height of an image, out of its first bytes. */

export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** @returns `undefined` where it cannot be told. */
export const imageSize = (bytes: Uint8Array, mime: string): ImageSize | undefined => {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    return readers[mime]?.(data)
  } catch (error) {
    // It ends before its size.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const size = (width: number, height: number): ImageSize | undefined =>
  width > 0 && height > 0 ? { width, height } : undefined

/** The largest JPEG marker segment is 64 kB; whatever has so many is no photograph. */
const mostSegments = 200

/** Sources: the PNG specification (IHDR), GIF89a, ITU T.81 B.2.2 (SOFn), the WebP container specification. */
const readers: Readonly<Record<string, (data: DataView) => ImageSize | undefined>> = {
  "image/png": (data) => size(data.getUint32(16), data.getUint32(20)),
  "image/gif": (data) => size(data.getUint16(6, true), data.getUint16(8, true)),
  "image/jpeg": (data) => {
    for (let at = 2, count = 0; count < mostSegments; count++) {
      const marker = data.getUint8(at + 1)
      const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
      if (isFrame) return size(data.getUint16(at + 7), data.getUint16(at + 5))
      at += 2 + data.getUint16(at + 2)
    }
    return undefined
  },
  "image/webp": (data) => {
    const kind = data.getUint32(12)
    if (kind === 0x56503858) return size(1 + uint24(data, 24), 1 + uint24(data, 27)) // VP8X
    if (kind === 0x56503820) return size(data.getUint16(26, true) & 0x3fff, data.getUint16(28, true) & 0x3fff) // VP8
    const bits = data.getUint32(21, true) // VP8L: 14 bits each
    return size(1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff))
  }
}

const uint24 = (data: DataView, at: number): number => data.getUint16(at, true) | (data.getUint8(at + 2) << 16)
