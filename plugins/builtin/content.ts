/** What a file's bytes are: text, an image a model can see, or something else that is named and not dumped. */

export type Content =
  | {
      readonly kind: "text"
      /** Without a byte order mark; line ends as they are. */
      readonly text: string
      readonly bom: boolean
      /** `latin-1` is a guess for what is not UTF-8: fit to be shown, not to be edited. */
      readonly encoding: "utf-8" | "utf-16le" | "latin-1"
    }
  | { readonly kind: "image"; readonly mime: string }
  | { readonly kind: "binary"; readonly what: string }

/** First bytes, as Latin-1; `.` stands for any byte. */
const images: ReadonlyArray<readonly [RegExp, string]> = [
  [/^\x89PNG\r\n/, "image/png"],
  [/^\xFF\xD8\xFF/, "image/jpeg"],
  [/^GIF8[79]a/, "image/gif"],
  [/^RIFF[^]{4}WEBP/, "image/webp"]
]

const formats: ReadonlyArray<readonly [RegExp, string]> = [
  [/^%PDF-/, "a PDF document"],
  [/^PK[\x03\x05]/, "a ZIP archive (or a document, jar or package in one)"],
  [/^\x1F\x8B/, "gzip data"],
  [/^(BZh\d|\xFD7zXZ|\x28\xB5\x2F\xFD|7z\xBC\xAF)/, "compressed data"],
  [/^\x7FELF/, "an ELF program or library"],
  [/^(\xCF\xFA\xED\xFE|\xFE\xED\xFA)/, "a Mach-O program or library"],
  [/^SQLite format 3/, "a SQLite database"],
  [/^[^]asm/, "a WebAssembly module"],
  [/^(OggS|fLaC|ID3|RIFF[^]{4}WAVE)/, "audio"],
  [/^[^]{4}ftyp/, "video or audio"],
  [/^(wOF[F2]|OTTO)/, "a font"],
  [/^(BM|II\*|MM[^]\*)/, "an image of a format that models cannot see"]
]

/** Bytes looked at for a NUL, which no text holds; as many as git looks at. */
const sniffed = 8000

export const contentOf = (bytes: Uint8Array): Content => {
  const start = Buffer.from(bytes.subarray(0, 16)).toString("latin1")
  const image = images.find(([signature]) => signature.test(start))
  if (image !== undefined) return { kind: "image", mime: image[1] }
  if (start.startsWith("\xFF\xFE")) return text(new TextDecoder("utf-16le").decode(bytes), true, "utf-16le")
  if (start.startsWith("%PDF-") || bytes.subarray(0, sniffed).includes(0)) {
    const what = formats.find(([signature]) => signature.test(start))?.[1] ?? "a binary file"
    return { kind: "binary", what }
  }
  try {
    const bom = start.startsWith("\xEF\xBB\xBF")
    return text(new TextDecoder("utf-8", { fatal: true }).decode(bytes), bom, "utf-8")
  } catch {
    return text(Buffer.from(bytes).toString("latin1"), false, "latin-1")
  }
}

const text = (value: string, bom: boolean, encoding: "utf-8" | "utf-16le" | "latin-1"): Content => ({
  kind: "text",
  text: value,
  bom,
  encoding
})
