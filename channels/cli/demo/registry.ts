/** A registry of npm packages in memory, on this machine only: what an install needs, where there is no network. */
import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { gzipSync } from "node:zlib"

export interface Published {
  readonly name: string
  readonly version: string
  /** Milliseconds since the Unix epoch; absent: the registry does not say. */
  readonly time?: number
  /** Texts by path, beside the package.json. */
  readonly files: Readonly<Record<string, string>>
  /** What its package.json has besides name and version. */
  readonly manifest?: Readonly<Record<string, unknown>>
  /** Told in place of the tarball's true checksum. */
  readonly integrity?: string
}

export interface Registry {
  readonly url: string
  /** Paths that were asked for, in order. */
  readonly requests: ReadonlyArray<string>
  readonly close: () => Promise<void>
}

export const serveRegistry = async (published: ReadonlyArray<Published>): Promise<Registry> => {
  const requests: Array<string> = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = decodeURIComponent(request.url ?? "/").slice(1)
    requests.push(path)
    const [name = "", file] = path.split("/-/")
    const versions = published.filter((one) => one.name === name)
    const wanted = versions.find((one) => file === fileOf(one))
    if (wanted !== undefined) return response.end(tarball(wanted))
    if (file !== undefined || versions.length === 0) response.statusCode = 404
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify(response.statusCode === 404 ? { error: "not found" } : papers(versions, url)))
  })
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url, requests, close }
}

/** The checksum of a package's tarball, as lock files have it. */
export const integrityOf = (one: Published): string =>
  one.integrity ?? `sha512-${createHash("sha512").update(tarball(one)).digest("base64")}`

const fileOf = ({ name, version }: Published): string => `${name.slice(name.indexOf("/") + 1)}-${version}.tgz`

const manifestOf = ({ name, version, manifest }: Published) => ({ ...manifest, name, version })

/** What a registry says of a package: all its versions, the last one published the latest. */
const papers = (versions: ReadonlyArray<Published>, url: string) => ({
  name: versions[0]?.name,
  "dist-tags": { latest: versions.at(-1)?.version },
  versions: Object.fromEntries(
    versions.map((one) => {
      const dist = { tarball: `${url}${one.name}/-/${fileOf(one)}`, integrity: integrityOf(one) }
      return [one.version, { ...manifestOf(one), dist }]
    })
  ),
  time: Object.fromEntries(
    versions.flatMap(({ version, time }) => (time === undefined ? [] : [[version, new Date(time).toISOString()]]))
  )
})

const tarball = (one: Published): Buffer => {
  const files = { "package.json": JSON.stringify(manifestOf(one)), ...one.files }
  const entries = Object.entries(files).flatMap(([path, text]) => entry(`package/${path}`, Buffer.from(text)))
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(2 * block)]))
}

/** Bytes of which a tar file is made. */
const block = 512

/** A plain file in the ustar format: a header, then its bytes, filled up to whole blocks. */
const entry = (path: string, bytes: Buffer): ReadonlyArray<Buffer> => {
  const header = Buffer.alloc(block)
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length, "0")}\0`
  header.write(path, 0)
  header.write(octal(0o644, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(bytes.length, 11), 124)
  header.write(octal(0, 11), 136)
  // Its own sum is reckoned with blanks in its place.
  header.write("        ", 148)
  header.write("0", 156)
  header.write("ustar\x0000", 257)
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6
    )} `,
    148
  )
  return [header, bytes, Buffer.alloc((block - (bytes.length % block)) % block)]
}
