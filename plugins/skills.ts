/**
 * Skills, and commands as Markdown, which are skills of a single file, as the skills plugin and the command line see them. `skills/`
 * reads them from files; plugins do not know where they come from. Names, descriptions and texts are a stranger's words.
 */

/** Which kind of folder a skill lies in, highest first. */
export type SkillSource = "project" | "user" | "configured" | "plugin" | "bundled"

export interface SkillView {
  /** command: a Markdown file in a folder of commands. It has no files of its own, and any skill of its name is used instead. */
  readonly kind: "skill" | "command"
  /** By which it is called: of its frontmatter, else its folder's; of a command, its path: `folder:file`; of a plugin's, `plugin:skill`. */
  readonly name: string
  /** What is typed behind `/`: small letters of any script, digits, `-` and `_`, `:` between parts; of two with one command the first counts. */
  readonly command: string
  /** Never empty: of its frontmatter, else the first paragraph. */
  readonly description: string
  /** Absolute path of its SKILL.md, or of the command's file, as it was found; links are not followed in it. */
  readonly path: string
  /** Absolute path of the folder that the file lies in. */
  readonly folder: string
  readonly source: SkillSource
  /** False: its folder is not trusted. It is shown to the user and nobody else: no model reads a word of it. */
  readonly trusted: boolean
  /** Models are told of it and may use it: false for `disable-model-invocation`, and for a command whose frontmatter describes it not. */
  readonly forModels: boolean
  /** Users may call it as `/name`: false for `user-invocable: false`. */
  readonly forUsers: boolean
  /** What may stand behind `/name`; empty when nothing does. */
  readonly argumentHint: string
  /** Permission rules of ours: while it is followed, nothing else that needs a permission may be done. Absent: whatever is permitted. */
  readonly allowed?: ReadonlyArray<string>
  /** Permission rules of ours: what they name may not be done while it is followed, reading neither. Absent: nothing is taken away. */
  readonly withheld?: ReadonlyArray<string>
  /** Model as the skill writes it: `provider/model`, or an alias of another agent such as `sonnet`; absent: the session's own. */
  readonly model?: string
  /** It runs as a subagent, `context: fork`. */
  readonly fork: boolean
  /** Whose part the subagent is to play, as the skill names it. */
  readonly agent?: string
  /** Events of hooks that its frontmatter names; they run while it is followed, once the user has agreed. */
  readonly hooks: ReadonlyArray<string>
  /** What is wrong with it or left out of it, a line each, for people; it was loaded all the same. */
  readonly warnings: ReadonlyArray<string>
}

/** What a skill is read with. */
export interface SkillArguments {
  /** Behind its name, as it was typed. */
  readonly given?: string
  /** Id of the session in which it is followed: `${CLAUDE_SESSION_ID}`. */
  readonly session?: string
}

/** A piece of a skill's text, arguments filled in. No piece is looked into again: what stands in an argument is no sign. */
export type BodyPart =
  | { readonly text: string }
  /** A shell command whose output belongs here; `sign`: as it is written. */
  | { readonly command: string; readonly sign: string }
  /** `@path`, which stays as it is written; the file's words belong behind the text. */
  | { readonly file: string; readonly sign: string }

/** A skill's words, with the arguments filled in. */
export interface SkillText {
  readonly skill: SkillView
  /** Without frontmatter; commands and names of files as they are written. */
  readonly body: string
  /** The same in pieces. */
  readonly parts: ReadonlyArray<BodyPart>
  /** As its frontmatter writes them, in the format of Claude Code's settings; absent: none. */
  readonly hooks?: unknown
  /** Shell that its commands are written for, when it is none of ours. */
  readonly foreignShell?: string
  /** Other files of its folder, relative paths; the first of many. */
  readonly files: ReadonlyArray<string>
  /** How many more there are. */
  readonly moreFiles: number
}

/** All that was found, at one moment. */
export interface SkillSet {
  /** In the search order; of two with one command the first counts. An untrusted one hides no trusted one. */
  readonly skills: ReadonlyArray<SkillView>
  /** Those that another of the same name hides. */
  readonly shadowed: ReadonlyArray<{ readonly skill: SkillView; readonly by: SkillView }>
  /** What could not be loaded at all, and why. */
  readonly broken: ReadonlyArray<{ readonly path: string; readonly reason: string }>
  /** Folders that could not be read, or not whole; a line each, for people. */
  readonly notices: ReadonlyArray<string>
}

export interface Skills {
  /** Looks for them at the first call; the same object while nothing was looked for anew. Cheap after that. Never rejects. */
  readonly all: () => Promise<SkillSet>
  /** Looks anew: what was written meanwhile. */
  readonly again: () => Promise<SkillSet>
  /** What `all` or `again` gave last; absent before the first time. Synchronous. */
  readonly known: () => SkillSet | undefined
  /** Reads its file anew. @returns why it cannot be read, when it cannot. */
  readonly read: (skill: SkillView, given?: SkillArguments) => Promise<SkillText | string>
  /** A further text file of its folder, by relative path; nothing outside of it, links included. @returns why not, as `problem`. */
  readonly file: (
    skill: SkillView,
    path: string
  ) => Promise<{ readonly text: string; readonly more: number } | { readonly problem: string }>
  /** The best first. */
  readonly search: (query: string, among: ReadonlyArray<SkillView>) => ReadonlyArray<SkillView>
  /** For the system prompt: a line each, of bounded length in all. `left`: how many did not fit. */
  readonly catalogue: (skills: ReadonlyArray<SkillView>) => { readonly text: string; readonly left: number }
}
