/** What is told of a skill between the files of this folder; what others see of it is the port plugins/skills.ts. */
import type { SkillSource, SkillView } from "../plugins/skills.ts"

/** What a SKILL.md, or a command's file, says, wherever it lies. */
export type Told = Omit<SkillView, "path" | "folder" | "source" | "trusted">

/** A folder that skills or commands are looked for in. */
export interface Root {
  readonly kind: SkillView["kind"]
  /** Absolute; of commands, it may be a single file. */
  readonly folder: string
  readonly source: SkillSource
  readonly trusted: boolean
  /** Plugin that brings it: its skills are called `plugin:skill`. */
  readonly plugin?: PluginOfRoot
  /** Folder out of which a SKILL.md may be linked only to another SKILL.md, and a command not at all: somebody else's repository could name a key. */
  readonly within?: string
}

export interface PluginOfRoot {
  readonly name: string
  /** Absolute. */
  readonly folder: string
  /** Where it may keep what is to stay, absolute; it may not be there. */
  readonly data?: string
}

/** One SKILL.md or command that was found, loaded or not. */
export type Found = Loaded | { readonly path: string; readonly reason: string }

export interface Loaded {
  readonly skill: SkillView
  /** The same for one file that is reached by two ways. */
  readonly mark: string
}

export const isLoaded = (found: Found): found is Loaded => "skill" in found
