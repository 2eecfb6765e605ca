/**
 * How complex a task is, by signs in its text and nothing else, so that the same text has the same answer. The words are
 * English; numbers of items, paths and characters count in every language.
 */

export interface Sign {
  readonly sign: string
  readonly points: number
  /** What was found. */
  readonly found: string
}

export interface Complexity {
  readonly level: "simple" | "moderate" | "complex"
  readonly points: number
  readonly signs: ReadonlyArray<Sign>
}

/** Signs that are words: one point, two when three or more of them stand there. */
const words: ReadonlyArray<{ readonly sign: string; readonly pattern: RegExp }> = [
  {
    sign: "touches much",
    pattern:
      /\b(refactor\w*|rewrite|migrat\w+|rename \w+ (?:across|everywhere)|across|every(?:where)?|all (?:the )?\w+s|whole|entire|architecture)\b/gi
  },
  {
    sign: "something is unknown",
    pattern:
      /\b(investigat\w+|find out|figure out|why|debug|root cause|flaky|sometimes|intermittent\w*|unclear|maybe|explore)\b/gi
  },
  {
    sign: "can do harm",
    pattern: /\b(delete|drop|production|deploy\w*|secur\w+|auth\w*|password|payment|data loss|backward\w*|breaking)\b/gi
  },
  {
    sign: "several systems",
    pattern: /\b(database|api|server|client|frontend|backend|docker\w*|ci|queue|cache|schema|protocol)\b/gi
  },
  { sign: "must be proved", pattern: /\b(tests?|benchmark\w*|verif\w+|coverage|performance|faster|latency)\b/gi },
  {
    sign: "comes in parts",
    pattern: /\b(then|after that|afterwards|finally|first|second|also|as well as|and then)\b/gi
  }
]

/** Lists, paths and length: points for so many, the highest that is reached. */
const counts: ReadonlyArray<{
  readonly sign: string
  readonly pattern: RegExp
  readonly steps: ReadonlyArray<number>
}> = [
  { sign: "list items", pattern: /^\s*(?:[-*•]|\d+[.)])\s+\S/gm, steps: [2, 4, 8] },
  { sign: "files or folders", pattern: /(?:[\w.-]+\/)+[\w.-]*|\b[\w-]+\.[a-z]{1,4}\b/g, steps: [2, 4, 8] },
  { sign: "sentences", pattern: /[.!?;](?:\s|$)/g, steps: [4, 8, 16] }
]

const matches = (text: string, pattern: RegExp): ReadonlyArray<string> => [
  ...new Set((text.match(pattern) ?? []).map((one) => one.trim().toLowerCase()))
]

export const complexityOf = (task: string): Complexity => {
  const signs: ReadonlyArray<Sign> = [
    ...words.flatMap(({ sign, pattern }) => {
      const found = matches(task, pattern)
      return found.length === 0 ? [] : [{ sign, points: found.length < 3 ? 1 : 2, found: found.slice(0, 5).join(", ") }]
    }),
    ...counts.flatMap(({ sign, pattern, steps }) => {
      const found = task.match(pattern)?.length ?? 0
      const points = steps.filter((step) => found >= step).length
      return points === 0 ? [] : [{ sign, points, found: String(found) }]
    })
  ]
  const points = signs.reduce((sum, sign) => sum + sign.points, 0)
  return { level: points < 3 ? "simple" : points < 7 ? "moderate" : "complex", points, signs }
}
