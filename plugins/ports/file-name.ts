/** Names of files that strangers give, made harmless: one part of a path, on every system, that shows what it is. */

/** Bytes: file systems take 255, and a number may be added. */
const longest = 180

/** Everything that separates parts of a path, steers a terminal or a shell's eye, or turns the direction of writing. */
const unsafe = /[/\\:*?"<>|\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu

/** What Windows takes for a device, whatever stands behind the dot. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** Never empty, without a leading dot or dash, at most 180 bytes; the ending stays. */
export const fileName = (given: string): string => {
  const last =
    given
      .normalize("NFC")
      .split(/[/\\]/)
      .findLast((part) => part.trim() !== "") ?? ""
  const plain = last
    .replace(unsafe, "_")
    .replace(/\s+/g, " ")
    .replace(/^[.\s-]+/, "")
    .replace(/[.\s]+$/, "")
  const name = plain === "" ? "file" : devices.test(plain) ? `_${plain}` : plain
  return within(name)
}

/** `data.csv`, `data-2.csv`, `data-3.csv`. */
export const withNumber = (name: string, nth: number): string => {
  if (nth === 1) return name
  const { stem, ending } = parted(name)
  return `${stem}-${nth}${ending}`
}

const parted = (name: string): { readonly stem: string; readonly ending: string } => {
  const ending = /(?<=.)(\.tar)?\.[\p{L}\p{N}]{1,12}$/u.exec(name)?.[0] ?? ""
  return { stem: name.slice(0, name.length - ending.length), ending }
}

const within = (name: string): string => {
  const { stem, ending } = parted(name)
  const letters = [...stem]
  while (Buffer.byteLength(letters.join("") + ending) > longest) letters.pop()
  return letters.join("") + ending
}
