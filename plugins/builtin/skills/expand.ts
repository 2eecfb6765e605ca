/** `/name args`, said by the user in whatever channel: the skill's text is what the model reads instead. */
import type { Expansion, ExpansionContext } from "../../plugin.ts"
import { skillText, useSkill } from "../../skill-text.ts"
import type { Skills, SkillText, SkillView } from "../../skills.ts"
import { askedKey, findSkill, isForked } from "./find.ts"
import { rendered } from "./render.ts"
import { beginHooks, type FollowParts } from "./use.ts"
import { hasShell, previewOf, type Wants, wantsOf } from "./wants.ts"

/** Characters of what its commands and files bring. */
const mostRoom = 80_000

type Expanded = Awaited<ReturnType<Expansion["expand"]>>

export const skillExpansion = (parts: FollowParts): Expansion => ({
  // A file that was written meanwhile is found by looking.
  wants: (text) => wordsOf(text) !== undefined,
  expand: async ({ text }, context) => {
    const [name, given = ""] = wordsOf(text) ?? []
    const found = name === undefined ? undefined : await find(parts.skills, name)
    if (found === undefined || "refused" in found) return found
    const refused = barred(found)
    return refused === undefined ? begun(parts, found, given.trim(), context) : { refused }
  }
})

/** `/usr/bin` is a path, and `/` alone is nothing. */
const wordsOf = (text: string): readonly [string, string?] | undefined => {
  const [, name, given] = /^\s*\/([^\s/]+)(?:\s+([^]*))?$/.exec(text) ?? []
  return name === undefined ? undefined : [name, given]
}

const find = async (skills: Skills, name: string): Promise<SkillView | { readonly refused: string } | undefined> => {
  const found = findSkill((await skills.all()).skills, name)
  if (found !== undefined) return found
  const { skills: now, broken } = await skills.again()
  const failed = broken.find(({ path }) => new RegExp("([^/]+)(?:/skill)?\\.md$", "i").exec(path)?.[1] === name)
  const written = findSkill(now, name)
  if (written !== undefined || failed === undefined) return written
  return { refused: `/${name} could not be loaded: ${failed.path}: ${failed.reason}` }
}

const barred = ({ name, path, trusted, forUsers }: SkillView): string | undefined => {
  if (!trusted) return `${name} lies in a folder that is not trusted (${path}); to trust it: kintsugi trust`
  return forUsers ? undefined : `only the model may begin ${name} (user-invocable: false); ask for what it is to do`
}

const begun = async (
  parts: FollowParts,
  skill: SkillView,
  given: string,
  context: ExpansionContext
): Promise<Expanded> => {
  const { session, store } = context
  const text = await parts.skills.read(skill, { given, session })
  if (typeof text === "string") return { refused: text }
  // What only users may begin, the model may go on with.
  if (!skill.forModels) await store.session.set(askedKey(skill), true)
  if (isForked(skill)) {
    const input = JSON.stringify({ name: skill.name, ...(given !== "" && { arguments: given }) })
    return { text: `Call ${useSkill} with ${input} now, and tell me what comes of it.` }
  }
  const wants = await wantsOf(text, context, parts.hooks?.())
  if (typeof wants === "string") return { refused: `/${skill.command}: ${wants}` }
  const refused = await permitted(text, wants, given, context)
  if (refused !== undefined) return { refused: `/${skill.command}: ${refused}` }
  const whole = await rendered(text, context, mostRoom)
  if (typeof whole === "string") return { refused: `/${skill.command}: ${whole}` }
  await beginHooks(text, wants, parts, context)
  return { text: `${skillText(whole)}\n\nFollow this ${skill.kind} now.` }
}

/** @returns why not. */
const permitted = async (
  text: SkillText,
  wants: Wants,
  given: string,
  context: ExpansionContext
): Promise<string | undefined> => {
  const preview = await previewOf(text, wants)
  if (preview === undefined) return undefined
  if (wants.commands.length > 0 && !(await hasShell(context)))
    return "its text runs commands, and execute_bash is not among the tools here"
  const input = { name: text.skill.name, ...(given !== "" && { arguments: given }) }
  return (await context.permit({ tool: useSkill, input, risk: preview.risk ?? "read", preview }))?.refused
}
