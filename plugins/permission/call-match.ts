/** Whether rules match a call, by what it says it is about to do. */
import { allows } from "./command-allow.ts"
import { bans, type Match, strongest } from "./command-ban.ts"
import { readCommandPattern } from "./command-pattern.ts"
import { fullPath, pathMatcher, readPathPattern } from "./path-pattern.ts"
import { hostOf, namesTool, readDomain, readRule, type Rule } from "./rule.ts"
import { type ShellLine, withInside } from "./shell-command.ts"
import type { ShellWord } from "./shell-wrapper.ts"
import type { Risk } from "../tool.ts"

/** What a call is about to do, as far as it says. */
export interface Subject {
  readonly tool: string
  readonly risk: Risk
  readonly cwd: string
  readonly command: string | undefined
  readonly line: () => Promise<ShellLine>
  readonly paths: ReadonlyArray<string>
  readonly url: string | undefined
}

const namesNothing = ({ command, paths, url }: Subject): boolean =>
  command === undefined && paths.length === 0 && url === undefined

/** The strongest match of all rules, and a rule that it comes from. */
export const forbids = async (rules: ReadonlyArray<string>, subject: Subject): Promise<readonly [Match, Rule]> => {
  let best: readonly [Match, Rule] = ["no", readRule("*")]
  for (const rule of rules.map(readRule)) {
    const match = strongest([await forbidsCall(rule, subject), await forbidsWrites(rule, subject)])
    if (match === "yes") return [match, rule]
    if (match === "maybe") best = [match, rule]
  }
  return best
}

const forbidsCall = async (rule: Rule, subject: Subject): Promise<Match> => {
  const { pattern, problem } = rule
  if (!namesTool(rule, subject.tool)) return "no"
  if (problem !== undefined || pattern === undefined) return "yes"
  if (namesNothing(subject)) return subject.risk === "read" ? "no" : "maybe"
  return strongest([
    await forbidsCommand(pattern, subject),
    rule.tool.includes("*") ? await forbidsArguments(pattern, subject) : "no",
    await forbidsPaths(pattern, subject.paths, subject.cwd),
    forbidsUrl(pattern, subject.url, rule.tool.includes("*"))
  ])
}

const forbidsCommand = async (text: string, { command, line, cwd }: Subject): Promise<Match> => {
  if (command === undefined) return "no"
  const pattern = readCommandPattern(text)
  if (typeof pattern === "string") return "yes"
  const { unknown, codes } = await line()
  return strongest([bans(pattern, await line(), command, cwd), unknown.length + codes.length > 0 ? "maybe" : "no"])
}

/** Longer ones are refused by every system. */
const isPath = ({ text }: ShellWord): boolean => text.length <= 4096

/** A path pattern for many tools (`*(~/.ssh/**)`) is also about the paths that a command names. */
const forbidsArguments = async (text: string, { command, line, cwd }: Subject): Promise<Match> => {
  if (command === undefined || typeof readPathPattern(text) === "string") return "no"
  const words = (await line()).commands.flatMap(withInside).flatMap(({ words, reads }) => [...words.slice(1), ...reads])
  return forbidsPaths(
    text,
    words.filter(isPath).map((word) => fullPath(word.text, cwd)),
    cwd
  )
}

const forbidsPaths = async (text: string, paths: ReadonlyArray<string>, cwd: string): Promise<Match> => {
  if (paths.length === 0 || text.startsWith("domain:")) return "no"
  const pattern = readPathPattern(text)
  if (typeof pattern === "string") return "yes"
  return paths.some(await pathMatcher(pattern, cwd, true)) ? "yes" : "no"
}

/** @param loose The rule is for many tools, so a pattern that is no domain is meant for others of them. */
const forbidsUrl = (text: string, address: string | undefined, loose: boolean): Match => {
  if (address === undefined || (loose && !text.startsWith("domain:"))) return "no"
  const pattern = readDomain(text)
  const url = URL.parse(address)
  if (typeof pattern === "string" || url === null) return "yes"
  const domain = pattern.domain.replace("*.", "")
  return `.${hostOf(url)}`.endsWith(`.${domain}`) ? "yes" : "no"
}

/** A redirection in a command is a write, too: `echo x > .env` against `write_file(.env)`. */
const forbidsWrites = async (rule: Rule, { command, line, cwd }: Subject): Promise<Match> => {
  if (command === undefined || !["write_file", "edit_file"].some((tool) => namesTool(rule, tool))) return "no"
  const { writes, commands } = await line()
  const targets = writes.filter((target) => isPath(target) && !target.text.startsWith("/dev/"))
  if (targets.length === 0) return "no"
  if (rule.pattern === undefined || rule.problem !== undefined) return "yes"
  const moves = commands.some(({ words }) => /^(cd|pushd|popd)$/.test(words[0]?.text ?? ""))
  const unsure = targets.some(({ text, fixed }) => !fixed || /^~[^/]/.test(text) || (moves && !/^[/~]/.test(text)))
  const paths = targets.map(({ text }) => fullPath(text, cwd))
  return strongest([await forbidsPaths(rule.pattern, paths, cwd), unsure ? "maybe" : "no"])
}

export const permits = async (rules: ReadonlyArray<string>, subject: Subject): Promise<boolean> => {
  const { command, line, paths, url, cwd } = subject
  const own = rules.map(readRule).filter((rule) => rule.problem === undefined && namesTool(rule, subject.tool))
  if (own.some((rule) => rule.pattern === undefined)) return true
  if (own.length === 0 || namesNothing(subject)) return false
  const patterns = own.map((rule) => rule.pattern ?? "")
  if (command !== undefined) {
    const read = patterns.map(readCommandPattern).filter((one) => typeof one !== "string")
    return allows(read, await line(), command, cwd)
  }
  const globs = patterns.map(readPathPattern).filter((one) => typeof one !== "string")
  const tests = await Promise.all(globs.map((one) => pathMatcher(one, cwd, false)))
  const allowed = paths.every((path) => tests.some((test) => test(path)))
  return allowed && (url === undefined || patterns.some((pattern) => permitsUrl(pattern, url)))
}

const permitsUrl = (text: string, address: string): boolean => {
  const pattern = readDomain(text)
  const url = URL.parse(address)
  if (typeof pattern === "string" || url === null) return false
  const { domain } = pattern
  return domain.startsWith("*.") ? hostOf(url).endsWith(domain.slice(1)) : hostOf(url) === domain
}
