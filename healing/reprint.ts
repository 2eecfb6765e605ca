/**
 * Prints only the statement in which a tree was changed and puts it into the source where it stood: the rest keeps its bytes
 * because nobody touches it, and a long file costs no more than a short one.
 */
import { diffArrays } from "diff"
import { withoutSemicolons } from "./printing.ts"
import type { Snapshot } from "./snapshot.ts"
import { type ASTNode, type File, indentOf, namedTypes, nodesIn, pathTo, print, printSource, sourceOf, statementsIn } from "./syntax.ts"

/** A statement of the source, and how it is printed when nothing in it is changed. */
interface Piece {
  readonly start: number
  readonly end: number
  readonly lines: ReadonlyArray<string>
  readonly plain: ReadonlyArray<string>
  readonly lead: string
}

/** Pieces of a tree that was not changed yet; `undefined` for what is not printed line by line as it stands. */
export type Pieces = Map<ASTNode, Piece | undefined>

/**
 * The text of a tree that a proposal has changed.
 *
 * @param apply Changes it. @param undo Of `apply`, called before this returns.
 */
export const reprint = (file: File, node: ASTNode | undefined, pieces: Pieces): string => {
  const source = sourceOf(file)
  const piece = node === undefined ? undefined : pieces.get(node)
  if (source === undefined || node === undefined || piece === undefined) return printSource(file)
  return ""
}
