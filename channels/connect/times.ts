/** How long a connection is waited for, in milliseconds. */

export interface Times {
  /** From the first attempt of a connection to its greeting's answer. */
  readonly open: number
  /** For the answer to a question. */
  readonly answer: number
  /** Between two signs of life that are asked for; after two of them in silence the connection counts as lost. */
  readonly beat: number
  /** Before the first further attempt; it doubles from there. */
  readonly firstRetry: number
  readonly longestRetry: number
  /** After so long without a connection no more attempts are made, until something is said. */
  readonly patience: number
}

export const usualTimes: Times = {
  open: 10_000,
  answer: 30_000,
  beat: 15_000,
  firstRetry: 250,
  longestRetry: 10_000,
  patience: 600_000
}
