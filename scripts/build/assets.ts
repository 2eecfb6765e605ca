/**
 * Texts that lie beside the code (`.md`, `.yaml`, `.json`). Source files read them in one way only,
 * `readFileSync(new URL("./x.md", import.meta.url), "utf8")`, so that a build can find them. One that is read without an encoding
 * stays a file, and so does a folder, `new URL("./x/", import.meta.url)`, with all that is in it.
 */

const reading = /\breadFile(Sync)?\(\s*new URL\(\s*"([^"]+)"\s*,\s*import\.meta\.url\s*\)\s*,\s*"utf8"\s*\)/g
/** Read as it lies on the disk: too large to be a part of the code. */
const readingApart = /\breadFileSync\(\s*new URL\(\s*"(\.[^"]+)"\s*,\s*import\.meta\.url\s*\)\s*\)/g
/** It ends in a slash. */
const namingFolder = /\bnew URL\(\s*"(\.[^"]+\/)"\s*,\s*import\.meta\.url\s*\)/g
const referring = /\bnew URL\(\s*"(\.[^"]+)"\s*,\s*import\.meta\.url\s*\)/g

/** @returns relative addresses of all files that a source refers to. */
export const references = (code: string): ReadonlyArray<string> =>
  [...code.matchAll(referring)].map(([, address = ""]) => address)

/**
 * Puts the texts into the code.
 *
 * @param load Gives the text at an address relative to the source.
 * @param apart Gives the address, as seen from the bundle, of a file that stays one.
 * @throws when a reference remains: in a bundle it would point beside the wrong file.
 */
export const inline = (
  code: string,
  load: (address: string) => string,
  apart: (address: string) => string = (address) => address
): string => {
  const inlined = code.replace(reading, (_, sync: string | undefined, address: string) => {
    const text = JSON.stringify(load(address))
    return sync === undefined ? `Promise.resolve(${text})` : text
  })
  const [left] = references(inlined.replace(readingApart, "").replace(namingFolder, ""))
  if (left !== undefined)
    throw new Error(`${left} cannot go into the bundle: read it with readFileSync(new URL(…), "utf8")`)
  const moved = (call: string, address: string) => call.replace(`"${address}"`, JSON.stringify(apart(address)))
  return inlined.replace(readingApart, moved).replace(namingFolder, moved)
}
