/** git run through the host: in a folder that the agent may read, within its time, with as much output as somebody reads. */
import { PortError, type ToolContext } from "kintsugi/plugin"

export interface Said {
  /** Everything it wrote, errors among it, as far as it was waited for. */
  readonly text: string
  /** There was more. */
  readonly isCut: boolean
}

export interface RunOptions {
  /** Real path. */
  readonly folder: string | undefined
  /** Characters, after which it is stopped. */
  readonly limit: number
}

/** @throws PortError in words that a model can act on, when git has failed. */
export const run = async (command: string, context: ToolContext, { folder, limit }: RunOptions): Promise<Said> => {
  const enough = new AbortController()
  const signal = AbortSignal.any([context.signal, enough.signal])
  let heard = ""
  const onOutput = (text: string): void => {
    if (heard.length <= limit) heard += text
    if (heard.length > limit) enough.abort()
  }
  const { code, output, file } = await context.exec.run(command, {
    signal,
    onOutput,
    ...(folder !== undefined && { cwd: folder })
  })
  if (context.signal.aborted) throw new PortError("execution_error", "cancelled before git had ended")
  if (heard.length > limit) return { text: wholeLines(heard.slice(0, limit)), isCut: true }
  // What the port left out of a long output has been heard; of a short one it has the last line, too.
  const text = file === undefined ? output : heard
  if (code !== 0) throw failureOf(code, text)
  return { text, isCut: false }
}

const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf("\n") + 1) || text

interface Known {
  readonly says: RegExp
  readonly kind: PortError["kind"]
  readonly message: string
}

/** What git says often, and what to do about it. */
const known: ReadonlyArray<Known> = [
  {
    says: /not a git repository/,
    kind: "not_found",
    message: "this folder is in no git repository (git init makes one)"
  },
  {
    says: /dubious ownership/,
    kind: "permission_denied",
    message:
      "the repository belongs to somebody else; its owner must allow it (git config --global --add safe.directory …)"
  },
  {
    says: /does not have any commits yet|ambiguous argument 'HEAD'|bad revision 'HEAD'|not a valid object name: HEAD/,
    kind: "not_found",
    message: "the repository has no commits yet"
  },
  {
    says: /unknown revision|bad revision|not a valid object name|invalid object name|bad object|ambiguous argument/i,
    kind: "not_found",
    message: "there is no such revision; git_log shows those there are"
  },
  {
    says: /no such path|exists on disk, but not in|path '.*' does not exist|pathspec '.*' did not match/s,
    kind: "not_found",
    message: "git knows no such file there; git_status names new ones"
  },
  { says: /has only \d+ lines?/, kind: "invalid_arguments", message: "the file is shorter than that" },
  {
    says: /tell me who you are|empty ident name|unable to auto-detect email/i,
    kind: "execution_error",
    message: "git does not know who commits: set user.name and user.email (git config user.name …)"
  },
  {
    says: /unmerged|fix conflicts|needs merge|error building trees/i,
    kind: "execution_error",
    message: "there are conflicts; resolve them, then commit those files"
  }
]

const failureOf = (code: number | undefined, text: string): PortError => {
  if (code === 127)
    return new PortError("missing_dependency", "git is not installed here; install it (apt install git)")
  const said = text.trim().slice(0, 2000)
  const match = known.find(({ says }) => says.test(said))
  const end = code === undefined ? "git was stopped" : `git ended with ${code}`
  return match === undefined
    ? new PortError("execution_error", `${end}: ${said}`)
    : new PortError(match.kind, `${match.message}\ngit said: ${said}`)
}

/** The folder that a call is about. @returns `undefined` for the working folder. @throws PortError outside the allowed paths. */
export const folderOf = async (folder: string | undefined, { files }: ToolContext): Promise<string | undefined> => {
  if (folder === undefined) return undefined
  const [real, info] = [await files.resolve(folder), await files.stat(folder)]
  if (info?.kind === "folder") return real
  throw new PortError("not_found", `${folder} is ${info === undefined ? "not there" : "no folder"}`)
}

/** Text for the model, and how to see what is left out. */
export const told = ({ text, isCut }: Said, more: string): string =>
  isCut ? `${text}\n[there is more; ${more}]` : text
