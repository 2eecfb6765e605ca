/**
 * Unified diffs as the protocol has them: for each hunk the lines as they were and as they became. They say nothing that the diff
 * does not, so they are as true in a conversation that is read again as on the day.
 */
import { resolve } from "node:path"
import type { ToolCallContent, ToolCallLocation } from "@agentclientprotocol/sdk"
import { parsePatch, type StructuredPatch, type StructuredPatchHunk } from "diff"

export interface Change {
  readonly content: ReadonlyArray<ToolCallContent>
  readonly locations: ReadonlyArray<ToolCallLocation>
}

export const noChange: Change = { content: [], locations: [] }

/** Hunks that are shown of one change. */
const most = 200

/** @param cwd Absolute folder that relative paths start from. @returns nothing of what is no diff: whoever made it meant it for people. */
export const changeIn = (diff: unknown, cwd: string): Change => {
  if (typeof diff !== "string" || diff === "") return noChange
  try {
    const hunks = parsePatch(diff).flatMap((patch) => {
      const path = resolve(cwd, nameIn(patch))
      return patch.hunks.map((hunk) => ({ path, hunk, isNew: patch.oldFileName === nowhere }))
    })
    const shown = hunks.slice(0, most)
    return {
      content: shown.map(({ path, hunk, isNew }) => ({
        type: "diff",
        path,
        ...(isNew ? {} : { oldText: side(hunk, "+") }),
        newText: side(hunk, "-")
      })),
      locations: shown.map(({ path, hunk }) => ({ path, line: Math.max(1, hunk.newStart) }))
    }
  } catch {
    return noChange
  }
}

const nowhere = "/dev/null"

/** Git writes `a/` and `b/` before both names; a file that is taken away is called as it was. */
const nameIn = ({ oldFileName = "", newFileName = "" }: StructuredPatch): string => {
  const isGits = [oldFileName, newFileName].every((name) => name === nowhere || /^[ab]\//.test(name))
  const name = newFileName === nowhere ? oldFileName : newFileName
  if (name === "" || name === nowhere) throw new Error("a diff without a name")
  return isGits ? name.slice(2) : name
}

/** What the lines say but for those of the other side. */
const side = ({ lines }: StructuredPatchHunk, other: "+" | "-"): string => {
  const kept: Array<string> = []
  let isLast = false
  let isOther = false
  for (const line of lines) {
    // "\ No newline at end of file" speaks of the line before it.
    if (line.startsWith("\\")) isLast ||= !isOther
    else {
      isOther = line.startsWith(other)
      if (!isOther) kept.push(line.slice(1))
    }
  }
  const text = kept.join("\n")
  return isLast || kept.length === 0 ? text : `${text}\n`
}
