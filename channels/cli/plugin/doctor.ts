/** `kintsugi plugin doctor`: what is wrong with plugins, and what to do. */
import { existsSync, statSync } from "node:fs"
import { basename, resolve } from "node:path"
import { examine, type Finding, type Other } from "../../../actors/manage/doctor.ts"
import { examineFolder } from "../../../actors/manage/doctor-folder.ts"
import type { ListedPlugin } from "../../../actors/plugin/list-plugins.ts"
import { pluginIn } from "../../../plugins/discover/folder.ts"
import { CliError, type Io } from "../io.ts"
import { oneLine, printable, styled } from "../printable.ts"
import { carriedOut, look, manifestsOf, named } from "./around.ts"

type Place = NonNullable<ListedPlugin["place"]>

/** A plugin to be examined, or why it cannot be. */
interface Candidate {
  readonly name: string
  readonly module?: string | undefined
  /** Absolute path; absent of what is no folder. */
  readonly folder?: string | undefined
  readonly place: Place
  readonly problem?: string
  /** What is to be known, and no fault. */
  readonly note?: string
}

interface Examined {
  readonly plugin: string
  readonly findings: ReadonlyArray<Finding>
}

export const doctor = async (io: Io, what: string | undefined, json: true | undefined): Promise<void> => {
  const { plugins, settings } = await look(io)
  const all = await plugins()
  const candidates = chosen(io, all, what, settings.plugins.isolation)
  const examined: Array<Examined> = []
  for (const candidate of candidates) {
    const one = { plugin: candidate.name, findings: await findingsOf(io, candidate, all) }
    examined.push(one)
    if (!json) tell(io, one)
  }
  if (json) io.stdout.write(`${JSON.stringify(examined, null, 2)}\n`)
  else if (examined.length === 0) io.stderr.write("There is no plugin here but the built-in ones.\n")
  if (examined.some(({ findings }) => findings.some(({ outcome }) => outcome === "wrong"))) throw new CliError(1, "")
}

const chosen = (
  io: Io,
  all: ReadonlyArray<ListedPlugin>,
  what: string | undefined,
  place: Place
): ReadonlyArray<Candidate> => {
  const candidate = candidateOf(place)
  if (what === undefined)
    return all.filter(({ tier, state }) => tier !== "built-in" && state !== "shadowed").map(candidate)
  const path = resolve(io.cwd, what)
  const isPath = /[/\\.]/.test(what) || (existsSync(path) && !all.some(({ name }) => name === what))
  if (isPath && existsSync(path)) return [atPath(path, place)]
  if (isPath) throw new CliError(1, `there is no ${path}`)
  return named(all, what).slice(0, 1).map(candidate)
}

const candidateOf =
  (usual: Place) =>
  (plugin: ListedPlugin): Candidate => {
    const { name, module, place = usual, state, reason, brings, root } = plugin
    const problem = state === "untrusted" || state === "broken" ? reason : undefined
    const note = state === "disabled" ? reason : undefined
    const folder = brings?.folder ?? (module === undefined ? root : undefined)
    return {
      name,
      module,
      folder,
      place,
      ...(problem === undefined ? {} : { problem }),
      ...(note === undefined ? {} : { note })
    }
  }

/** Of a folder that was not trusted the user has named it, which is a word on it. */
const atPath = (path: string, place: Place): Candidate => {
  const name = basename(path).replace(/\.\w+$/, "")
  if (statSync(path).isFile()) return { name, module: path, place }
  const found = pluginIn(path, "local", name)
  return {
    name: found.name,
    module: found.module,
    folder: path,
    place,
    ...(found.reason === "" ? {} : { problem: found.reason })
  }
}

const findingsOf = async (
  io: Io,
  candidate: Candidate,
  all: ReadonlyArray<ListedPlugin>
): Promise<ReadonlyArray<Finding>> => {
  const { name, module, folder, place, problem, note } = candidate
  if (problem !== undefined) return [{ check: "found", outcome: "wrong", detail: problem }]
  const beside = folder === undefined ? [] : await examineFolder({ name, folder, env: io.env })
  if (module === undefined)
    return beside.length > 0 ? noted(note, beside) : [{ check: "found", outcome: "fine", detail: "built in" }]
  const others = all.filter((one) => one.module !== module && one.name !== name).map(other)
  const manifests = manifestsOf(io)
  const before = manifests.fingerprint(module)
  const { findings, manifest } = await carriedOut(examine({ name, module, place, others }))
  if (manifest !== undefined) manifests.keep(module, before, manifest)
  return noted(note, [...findings, ...beside.filter(({ detail }) => detail !== "nothing")])
}

const noted = (note: string | undefined, findings: ReadonlyArray<Finding>): ReadonlyArray<Finding> =>
  note === undefined ? findings : [{ check: "state", outcome: "hint", detail: `disabled: ${note}` }, ...findings]

const other = ({ name, state, tools }: ListedPlugin): Other => ({
  name,
  tools,
  isUsable: !["shadowed", "untrusted", "disabled", "broken", "quarantined"].includes(state)
})

const marks = { fine: "✓", wrong: "✗", hint: "-" } as const
const colours = { fine: "green", wrong: "red", hint: "dim" } as const

const tell = (io: Io, { plugin, findings }: Examined): void => {
  io.stdout.write(`${plugin}\n`)
  for (const { check, outcome, detail } of findings) {
    const mark = io.stdout.isTTY === true ? styled(io, colours[outcome], marks[outcome]) : marks[outcome]
    io.stdout.write(`  ${mark} ${check}: ${oneLine(printable(detail), 600)}\n`)
  }
}
