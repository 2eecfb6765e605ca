/** What kind of file it is, by its bytes where they say so, else by its name: never what somebody claims. */
import { contentOf } from "./content.ts"

/** By ending; all of it text or nothing that a browser would run on its own account, but for what is shown as text here. */
const endings: Readonly<Record<string, string>> = {
  csv: "text/csv",
  css: "text/css",
  html: "text/html",
  htm: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  json: "application/json",
  md: "text/markdown",
  svg: "image/svg+xml",
  xml: "application/xml",
  yaml: "application/yaml",
  yml: "application/yaml",
  pdf: "application/pdf",
  zip: "application/zip",
  gz: "application/gzip",
  tgz: "application/gzip",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  mp3: "audio/mpeg",
  wav: "audio/wav",
  mp4: "video/mp4",
  woff2: "font/woff2"
}

export const mimeOf = (name: string, bytes: Uint8Array): string => {
  const content = contentOf(bytes.subarray(0, sniffed))
  if (content.kind === "image") return content.mime
  const known = endings[/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""]
  // A name that calls bytes text does not make them so.
  const isText = content.kind === "text"
  if (known !== undefined && (isText || !isTextual(known))) return known
  return isText ? "text/plain" : "application/octet-stream"
}

/** Bytes that are looked at. */
const sniffed = 8000

const isTextual = (mime: string): boolean =>
  /^text\/|json|xml|yaml|javascript/.test(mime) && !mime.includes("officedocument")
