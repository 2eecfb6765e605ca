/** Tokens for Vertex from Google's application default credentials, by a package that only those need who go there. */
import type { GoogleAuth } from "google-auth-library"
import { learn } from "../learnt.ts"
import { Misconfigured } from "../misconfigured.ts"
import { ModelError } from "../model-error.ts"
import { redact } from "../redact.ts"
import { because, type Caller } from "../wire-error.ts"
import { fields, text } from "../wire-value.ts"
import { type Asking, refused, unreached, within } from "./issuer.ts"

const scope = "https://www.googleapis.com/auth/cloud-platform"
const variable = "GOOGLE_APPLICATION_CREDENTIALS"
const advice = `log in with \`gcloud auth application-default login\`, or set ${variable} to a file with credentials`

/** The library keeps a token until shortly before it runs out, and renews it once for all who wait. */
export const googleToken = ({ provider = "Google Vertex AI", limit = 30_000 }: Partial<Asking> = {}) => {
  const caller = { provider, variables: [variable], secrets: [], limit }
  let auth: Promise<GoogleAuth> | undefined
  const issue = async (): Promise<string> => {
    auth ??= open(provider)
    // What was not there may be there at the next try: a package, a file.
    auth.catch(() => (auth = undefined))
    const token = await (await auth).getAccessToken()
    if (!token) throw because(caller, { kind: "unavailable" }, "the answer held no token")
    learn(token)
    return token
  }
  return async (): Promise<string> => {
    try {
      return await within(caller, issue())
    } catch (thrown) {
      throw failure(caller, thrown)
    }
  }
}

const open = async (provider: string): Promise<GoogleAuth> => {
  try {
    const { GoogleAuth } = await import("google-auth-library")
    silence()
    // The project stands in the address. Without one the library would look for it, and start `gcloud` to be told.
    return new GoogleAuth({ scopes: scope, projectId: "in-the-address" })
  } catch (thrown) {
    if (fields(thrown).code !== "ERR_MODULE_NOT_FOUND") throw thrown
    throw new Misconfigured(
      provider,
      `${provider} needs the package google-auth-library: run \`npm install -g google-auth-library\`, or install it in the project that embeds Kintsugi`
    )
  }
}

let isSilent = false

/** What it guesses of the machine it warns of in the middle of the screen; what comes of it is told by our errors. */
const silence = (): void => {
  if (isSilent) return
  isSilent = true
  process.emitWarning = new Proxy(process.emitWarning, {
    apply: (emit, self, args) => (args[1] === "MetadataLookupWarning" ? undefined : Reflect.apply(emit, self, args))
  })
}

/** Errors of requests hold what was asked; all others are of credentials that are missing or cannot be read. */
const failure = (caller: Caller, thrown: unknown): ModelError => {
  const { response, config } = fields(thrown)
  const { status, data } = fields(response)
  const { error, error_description } = fields(data)
  const said = [text(error), text(error_description)].filter(Boolean).join(": ") || text(data)
  if (typeof status === "number") return refused(caller, status, said, advice)
  if (thrown instanceof ModelError || config !== undefined) return unreached(caller, thrown)
  const { provider, variables, secrets } = caller
  const why = redact(thrown instanceof Error ? thrown.message : String(thrown), secrets)
  return new Misconfigured(provider, `${provider} finds no credentials of yours: ${advice} (${why})`, variables)
}
