/** How much there is to a page, before anything that takes long for much is done with it. */
import { Parser } from "htmlparser2"

export interface Measure {
  readonly elements: number
  /** Of elements within elements. */
  readonly depth: number
  /** Where the element begins that is one too many; `undefined` when none is. */
  readonly end: number | undefined
}

export const measure = (html: string, most: number): Measure => {
  let [elements, depth, deepest] = [0, 0, 0]
  let end: number | undefined
  const parser = new Parser({
    onopentagname: () => {
      elements += 1
      depth += 1
      deepest = Math.max(deepest, depth)
      if (elements > most && end === undefined) {
        end = parser.startIndex
        parser.pause()
      }
    },
    onclosetag: () => {
      depth -= 1
    }
  })
  parser.write(html)
  return { elements, depth: deepest, end }
}
