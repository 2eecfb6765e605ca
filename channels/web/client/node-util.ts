/** What shared code takes of `node:util`, for browsers. */

/** Escape sequences that steer a terminal, as far as they are told by their form. */
// oxlint-disable-next-line no-control-regex
const sequences =
  /[\u001b\u009b](?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[[\]()#;?]*(?:\d{1,4}(?:[;:]\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~])/g

export const stripVTControlCharacters = (text: string): string => text.replace(sequences, "")
