/** Whose a context file is, and with it what it may lead to: the files of a repository are a stranger's. */
import { realpath } from "node:fs/promises"
import { basename, sep } from "node:path"
import { isInside } from "../../plugins/ports/real-path.ts"
import { outside, type Refusal } from "../../plugins/ports/text-file.ts"

export interface Owner {
  readonly kind: "user" | "project"
  /** Of the file itself: it may be a link. */
  readonly mayRead: Refusal
  /** Of what it imports. */
  readonly mayImport: Refusal
}

export interface OwnersParts {
  /** Absolute path of the project's root. */
  readonly root: string
  readonly home: string
  /** The user's configuration, which may lie elsewhere. */
  readonly config: string
  /** The user trusts the working folder: its files may lead outside. */
  readonly trusted: boolean
  /** Whether a real path stays closed to everybody. */
  readonly isBlocked: (real: string) => Promise<boolean>
}

export const ownersOf = async (parts: OwnersParts): Promise<Readonly<Record<Owner["kind"], Owner>>> => {
  const { trusted, isBlocked } = parts
  const [root, home, config] = await Promise.all([parts.root, parts.home, parts.config].map(realOf))
  const closed: Refusal = async (real) => {
    if (await isBlocked(real)) return "it lies in a blocked path (tools.blocked_paths)"
    return looksSecret(real) ? "it looks like a file that holds keys" : undefined
  }
  const within =
    (folders: ReadonlyArray<string>, why: (real: string) => string): Refusal =>
    (real) =>
      folders.some((folder) => isInside(real, folder)) ? closed(real) : why(real)
  const ours = (why: (real: string) => string): Refusal => (trusted ? closed : within([root ?? ""], why))
  return {
    user: { kind: "user", mayRead: closed, mayImport: within([home ?? "", config ?? ""], beyondHome) },
    project: { kind: "project", mayRead: ours(outside), mayImport: ours(untrusted) }
  }
}

const realOf = (path: string): Promise<string> => realpath(path).catch(() => path)

const beyondHome = (): string => "it lies outside your home folder"

const untrusted = (): string => "it lies outside the project, and the folder is not trusted; see kintsugi trust"

/** By name, as other programs know them. Samples without values are no secrets. */
const secretName =
  /^(?:\.env(?:\..+)?|.+\.(?:pem|key|p12|pfx|jks|keystore|kdbx)|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|\.?netrc|_netrc|\.npmrc|\.pypirc|\.pgpass|\.git-credentials|credentials(?:\.json|\.db)?)$/i

const looksSecret = (real: string): boolean =>
  (secretName.test(basename(real)) && !/\.(?:example|sample|template|dist)$/i.test(real)) ||
  real.split(sep).includes(".git")
