/** The tools by which a model finds skills, reads them and follows them; none where there are no skills. */
import * as z from "zod"
import type { Stores } from "../../ports.ts"
import { page, skillText, useSkill } from "../../skill-text.ts"
import type { Skills, SkillText, SkillView } from "../../skills.ts"
import { type Answer, defineTool, type Preview, refuse, type Tool, type ToolContext } from "../../tool.ts"
import { askedKey, findSkill, modelOf, noSkill, skillLine, slashName } from "./find.ts"
import { rendered } from "./render.ts"
import { beginHooks, followed, type FollowParts, notFollowed, orderFor } from "./use.ts"
import { hasShell, isAsShown, previewOf, type Wants, wantsOf } from "./wants.ts"

export interface SkillToolParts extends FollowParts {
  /** Those that models may use. */
  readonly offered: ReadonlyArray<SkillView>
}

/** Names that are listed in a schema: more would cost more than they help. */
const fewNames = 40

/** Skills that a search gives. */
const usualHits = 10
const mostHits = 50

export const skillTools = (parts: SkillToolParts): ReadonlyArray<Tool> =>
  parts.offered.length === 0 ? [] : [listSkills(parts), getSkill(parts), searchSkills(parts), useSkillTool(parts)]

/** What is read is lenient: a model may write a name in another case, or ask for one that the user has asked for. */
const nameOf = ({ offered }: SkillToolParts) => {
  const names = offered.map(({ name }) => name)
  return names.length > fewNames ? z.string().min(1) : z.string().min(1).meta({ enum: names })
}

const listSkills = ({ skills }: SkillToolParts): Tool =>
  defineTool({
    name: "list_skills",
    description: "All skills there are now.",
    risk: "read",
    input: z.object({}),
    execute: async () => {
      const offered = usable((await skills.again()).skills)
      const data = offered.map((skill) => `${skillLine(skill)} (${skill.source})`).join("\n")
      return { success: true, data: data || "There are none.", summary: counted(offered.length) }
    }
  })

const searchSkills = ({ skills }: SkillToolParts): Tool =>
  defineTool({
    name: "search_skills",
    description: "Skills that fit some words.",
    risk: "read",
    input: z.object({ query: z.string().min(1), limit: z.int().min(1).optional() }),
    execute: async ({ query, limit = usualHits }) => {
      const found = skills.search(query, usable((await skills.all()).skills)).slice(0, Math.min(limit, mostHits))
      const data = found.map((skill) => skillLine(skill, 500)).join("\n")
      return { success: true, data: data || "None fits; list_skills names all.", summary: counted(found.length) }
    }
  })

const getSkill = (parts: SkillToolParts): Tool =>
  defineTool({
    name: "get_skill",
    description: "Read a skill or one of its files.",
    risk: "read",
    input: z.object({
      name: z.string().min(1),
      file: z.string().optional().describe("Default its instructions"),
      offset: z.int().min(0).optional().describe("Character to begin at")
    }),
    execute: async ({ name, file, offset = 0 }, { store }) => {
      const { skills } = parts
      const skill = await permittedSkill(parts, name, store)
      if ("success" in skill) return skill
      if (file !== undefined && file.trim() !== "") {
        const read = await skills.file(skill, file)
        return "problem" in read ? refuse("not_found", read.problem) : paged(read.text, offset, skill, file)
      }
      const text = await skills.read(skill)
      if (typeof text === "string") return refuse("skill_workflow_error", text)
      return offset === 0
        ? { success: true, data: skillText(text), summary: `read skill ${skill.name}` }
        : paged(text.body.trim(), offset, skill, "SKILL.md")
    }
  })

const paged = (text: string, offset: number, skill: SkillView, file: string): Answer =>
  offset > 0 && offset >= text.length
    ? refuse("invalid_arguments", `${file} of skill ${skill.name} has ${text.length} characters`)
    : { success: true, data: page(text, offset, skill), summary: `read ${file} of skill ${skill.name}` }

/** Characters of a text with what its commands and files bring: an answer holds 50,000. */
const mostInAnswer = { all: 40_000, atLeast: 5_000 } as const

interface Asked {
  readonly name: string
  readonly arguments?: string | undefined
}

const useSkillTool = (parts: SkillToolParts): Tool => {
  /** What was shown of a call before it was permitted. */
  const shown = new WeakMap<object, Wants>()
  return defineTool({
    name: useSkill,
    description: "Follow a skill: gives its instructions.",
    // Reading instructions harms nothing: each call that they lead to is permitted, asked about or refused like any other.
    risk: "read",
    input: z.object({
      name: nameOf(parts),
      arguments: z.string().optional().describe("What it is to work on")
    }),
    // Some are done by an agent of their own, which keeps its own time.
    idempotent: false,
    parallel: true,
    waits: true,
    timeout: false,
    preview: async (input, context) => {
      const skill = await permittedSkill(parts, input.name, context.store)
      if ("success" in skill) return {}
      const wants = await wanted(parts, skill, input, context)
      if (!("text" in wants)) return {}
      shown.set(input, wants.wants)
      return shownOf(skill, parts, await previewOf(wants.text, wants.wants))
    },
    execute: async (input, context) => {
      const skill = await permittedSkill(parts, input.name, context.store)
      if ("success" in skill) return skill
      const read = await wanted(parts, skill, input, context)
      if (!("text" in read)) return read
      const { text, wants } = read
      if (!isAsShown(wants, shown.get(input)))
        return notFollowed(skill, "its commands are not those that were permitted: its file has changed; call it again")
      const room = Math.max(mostInAnswer.atLeast, mostInAnswer.all - text.body.length)
      const whole = await rendered(text, context, room)
      if (typeof whole === "string") return notFollowed(skill, whole)
      return followed(whole, await beginHooks(text, wants, parts, context), parts, context)
    }
  })
}

const wanted = async (
  { skills, hooks }: SkillToolParts,
  skill: SkillView,
  { arguments: given = "" }: Asked,
  context: ToolContext
): Promise<{ readonly text: SkillText; readonly wants: Wants } | Answer> => {
  const text = await skills.read(skill, { given, session: context.session })
  if (typeof text === "string") return refuse("skill_workflow_error", text)
  const wants = await wantsOf(text, context, hooks?.())
  if (typeof wants === "string") return notFollowed(skill, wants)
  const runs = wants.commands.length > 0 && !(await hasShell(context))
  return runs
    ? notFollowed(skill, "its text runs commands, and execute_bash is not among the tools here")
    : { text, wants }
}

/** Another model may cost more, and belong to somebody else: that is the user's to decide. */
const shownOf = async (skill: SkillView, parts: FollowParts, preview: Preview = {}): Promise<Preview> => {
  const model = modelOf(skill) ?? (await orderFor(skill, parts))?.task.model
  if (model === undefined) return preview
  const { summary = `skill ${skill.name}` } = preview
  return { ...preview, risk: "network", summary: `${summary} in a subagent with model ${model}` }
}

/** @returns the skill, or why it may not be used. */
const permittedSkill = async (
  { skills }: SkillToolParts,
  name: string,
  { session: notes }: Stores
): Promise<SkillView | Answer> => {
  // A skill may have been written since they were looked for.
  const trusted = async (all: Skills["all"]) => (await all()).skills.filter((one) => one.trusted)
  const skill = findSkill(await trusted(skills.all), name) ?? findSkill(await trusted(skills.again), name)
  const offered = usable((await skills.all()).skills)
  if (skill === undefined) {
    const nearest = skills.search(name, offered)
    return noSkill(name, nearest.length > 0 ? nearest : offered)
  }
  if (skill.forModels || (await notes.get(askedKey(skill))) === true) return skill
  return refuse(
    "permission_denied",
    `only the user may begin skill ${skill.name}, by /${slashName(skill)}; ask for that`
  )
}

const usable = (skills: ReadonlyArray<SkillView>): ReadonlyArray<SkillView> =>
  skills.filter(({ trusted, forModels }) => trusted && forModels)

const counted = (count: number): string => `${count} ${count === 1 ? "skill" : "skills"}`
