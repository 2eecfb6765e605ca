/** The recorded exchanges of ../shared/wire-fixtures: what is there, what of it is a chat, and its bytes as a server sent them. */
import { existsSync, readFileSync } from "node:fs"
import { frameLines, sseLines } from "./framing.ts"

const folder = new URL("../../../../shared/wire-fixtures/", import.meta.url)

export const isRecorded = existsSync(new URL("index.json", folder))

/** For the names of specs that need them. */
export const needsRecordings = "needs ../shared/wire-fixtures"

export interface Recording {
  /** File and number, `openai/some.json#0`. */
  readonly name: string
  /** Whose traffic it is, in the words of whoever collected it. */
  readonly provider: string
  readonly dialect: string
  readonly model: string
  readonly isStream: boolean
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The request's body as it was sent; empty where it was not recorded. */
  readonly request: string
  /** The response, complete. */
  readonly body: Buffer
  /** Why it is not replayed: it is no chat, or a dialect that nobody speaks here. */
  readonly excluded?: string
}

interface Recorded {
  readonly kind: "http" | "chunks"
  readonly interactions: ReadonlyArray<{
    readonly provider: string
    readonly dialect: string
    readonly model: string | null
    readonly method?: string
    readonly url?: string
    readonly requestBody?: string | null
    readonly status: number | null
    readonly responseHeaders: Readonly<Record<string, string>> | null
    readonly responseBody: string
    readonly responseBodyEncoding?: "base64"
    readonly stream: boolean
  }>
}

type Interaction = Recorded["interactions"][number]

const read = <Content>(file: string): Content => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Content

const excluded = ({ dialect, method, url = "", stream }: Interaction): { readonly excluded?: string } => {
  if (dialect === "bedrock-invoke") return { excluded: "InvokeModel is not spoken: Converse reaches the same models" }
  if (url.includes("count_tokens")) return { excluded: "counting of tokens" }
  return method === "GET" && !stream ? { excluded: "asking after a job in the background" } : {}
}

/** Chunks were recorded without their framing. */
const bodyOf = (kind: Recorded["kind"], { dialect, responseBody, responseBodyEncoding }: Interaction): Buffer => {
  if (kind === "http") return Buffer.from(responseBody, responseBodyEncoding ?? "utf8")
  return dialect === "bedrock-converse-stream" ? frameLines(responseBody) : Buffer.from(sseLines(responseBody))
}

const recordingsIn = (file: string): ReadonlyArray<Recording> => {
  const { kind, interactions } = read<Recorded>(file)
  return interactions.map((interaction, n) => ({
    name: `${file}#${n}`,
    provider: interaction.provider,
    dialect: interaction.dialect,
    model: interaction.model ?? "recorded",
    isStream: interaction.stream,
    request: interaction.requestBody ?? "",
    status: interaction.status ?? 200,
    headers: { "content-type": "text/event-stream", ...interaction.responseHeaders },
    body: bodyOf(kind, interaction),
    ...excluded(interaction)
  }))
}

/** All of them, in the order of their names. */
export const recordings = (): ReadonlyArray<Recording> =>
  isRecorded
    ? [...new Set(read<ReadonlyArray<{ readonly file: string }>>("index.json").map(({ file }) => file))]
        .toSorted()
        .flatMap(recordingsIn)
    : []
