/** The console's files as they are served: from the build, or bundled from the sources when there is none. */
import { hash } from "node:crypto"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import { gzip } from "node:zlib"

export interface Served {
  readonly type: string
  readonly plain: Uint8Array
  readonly zipped: Uint8Array
  readonly tag: string
}

/** By the path of the address. */
export type Files = Readonly<Record<(typeof paths)[number], Served>>

export const paths = ["/", "/console.js", "/console.css", "/favicon.svg"] as const

const page = readFileSync(new URL("./page.html", import.meta.url), "utf8")
const favicon = readFileSync(new URL("./favicon.svg", import.meta.url), "utf8")

/** @throws when there is neither a build nor what one is made with. */
export const loadConsole = async (): Promise<Files> => {
  const { script, styles } = await parts()
  const [one, two, three, four] = await Promise.all([
    served("text/html", Buffer.from(page)),
    served("text/javascript", script),
    served("text/css", styles),
    served("image/svg+xml", Buffer.from(favicon))
  ])
  return { "/": one, "/console.js": two, "/console.css": three, "/favicon.svg": four }
}

const parts = async (): Promise<{ readonly script: Uint8Array; readonly styles: Uint8Array }> => {
  try {
    return {
      script: readFileSync(new URL("./built/console.js", import.meta.url)),
      styles: readFileSync(new URL("./built/console.css", import.meta.url))
    }
  } catch {
    const { bundle } = await import("./bundle.ts")
    return bundle()
  }
}

const zip = promisify(gzip)

const served = async (type: string, plain: Uint8Array): Promise<Served> => ({
  type: `${type}; charset=utf-8`,
  plain,
  zipped: await zip(plain, { level: 9 }),
  tag: hash("sha256", plain, "base64url").slice(0, 22)
})
