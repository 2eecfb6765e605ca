/**
 * Patterns over paths, as in `write_file(src/**)`: globs relative to the working folder, to `~/` or to the root.
 *
 * `*` and `**` do not match names that begin with a dot; in `ask` and `deny` they do, a folder stands for all that is in
 * it, capitals count like small letters, and a pattern through a symbolic link also means where the link leads.
 */
import { homedir } from "node:os"
import { basename, dirname, relative, resolve } from "node:path"
import { isInside, realPath } from "../ports/real-path.ts"

export interface PathPattern {
  readonly root: "working folder" | "home" | "root"
  /** Glob without the root's sign. */
  readonly glob: string
}

/** @returns what is wrong with the pattern and what was expected, as a string. */
export const readPathPattern = (text: string): PathPattern | string => {
  if (text === "" || text.trim() !== text) return "expected a path pattern in the parentheses, without spaces around it"
  if (text.startsWith("domain:")) return "expected a path pattern; domains are for tools that contact an address"
  if (text.startsWith("!")) return "a pattern cannot be negated: write a rule of its own in another list"
  if (/(^|\/)(?!\.\.?\/)[^/]+\/(.*\/)?\.\.(\/|$)/.test(text)) return "`..` may only stand at the beginning of a path"
  if (text.startsWith("~") && !/^~(\/|$)/.test(text))
    return "expected ~/ for your home folder; other people's are absolute paths"
  const [root, rest] = text.startsWith("~")
    ? (["home", text.slice(1)] as const)
    : text.startsWith("/")
      ? (["root", text] as const)
      : (["working folder", text] as const)
  const glob = rest.replace(/^\/+/, "").replace(/^(\.\/)+/, "")
  return { root, glob: glob.endsWith("/") ? `${glob}**` : glob }
}

/** A path as a shell takes it, absolute. */
export const fullPath = (text: string, cwd: string): string => resolve(cwd, text.replace(/^~(?=\/|$)/, homedir()))

/**
 * @param cwd Real and absolute.
 * @param wide The pattern stands in `ask` or `deny`.
 * @returns a test for paths that are real and absolute.
 */
export const pathMatcher = async (
  pattern: PathPattern,
  cwd: string,
  wide: boolean
): Promise<(path: string) => boolean> => {
  const { default: picomatch } = await import("picomatch/posix.js")
  const fold = (text: string): string => (wide ? text.toLowerCase() : text)
  const { base, glob } = splitGlob(pattern.glob)
  const folder = resolve({ "working folder": cwd, home: homedir(), root: "/" }[pattern.root], base)
  // In `allow`, a link inside the working folder must not carry the permission to where it leads.
  const followed = wide || pattern.root !== "working folder" ? await realPath(folder).catch(() => folder) : folder
  const folders = [fold(folder), fold(followed)]
  const globs = glob === "" ? [] : wide ? [glob, `${glob}/**`] : [glob]
  const tests = globs.map((one) => picomatch(one, { dot: wide, nocase: wide, nonegate: true }))
  const matchesRest = (rest: string): boolean => {
    if (rest === "") return glob === "" || glob === "**"
    return glob === "" ? wide : tests.some((test) => test(rest))
  }
  return (path) => folders.some((one) => isInside(fold(path), one) && matchesRest(relative(one, fold(path))))
}

/** The folders before the first name that is a pattern, and the rest. (picomatch.scan does not see the stars in `\{a/**`.) */
const splitGlob = (text: string): { readonly base: string; readonly glob: string } => {
  const parts = text.split("/")
  const first = parts.findIndex((part) => /[*?[\]{}()]/.test(part.replace(/\\./g, "")))
  const at = first < 0 ? parts.length : first
  const plain = parts.slice(0, at).join("/").replace(/\\(.)/g, "$1")
  return { base: plain, glob: parts.slice(at).join("/") }
}

/** The narrowest sensible pattern that covers these paths, all of them: their folder, or exactly they. */
export const pathPatternFor = (paths: ReadonlyArray<string>, cwd: string): string => {
  const inside = paths.every((path) => isInside(path, cwd))
  const names = [...new Set(paths.map((path) => (inside ? relative(cwd, path) || "." : path.slice(1))))]
  const [folder, ...others] = new Set(names.map((name) => dirname(name)))
  const listed = others.length > 0 || names.some((name) => name === "." || basename(name).startsWith("."))
  if (inside && folder !== undefined && !listed) return folder === "." ? "*" : `${escapeGlob(folder)}/**`
  const exact = names.map(escapeGlob)
  return `${inside ? "" : "/"}${exact.length === 1 ? exact[0] : `{${exact.join(",")}}`}`
}

const escapeGlob = (text: string): string => text.replace(/[\\*?[\]{}()!+@,|~]/g, "\\$&")
