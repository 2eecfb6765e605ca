/** Links: the abnormal end of one actor's life ends the other's, so that what belongs together falls together. */
import { isAbnormal, type Reason } from "./reason.ts"

/** What an actor shows to those it is linked to. */
export interface Linkable {
  readonly id: string
  readonly partners: Set<Linkable>
  /** The reason of its end without a following life; `undefined` while it lives or may live again. */
  readonly ended: Reason | undefined
  /** Decides at once what that means, here and for those linked to it in turn; the calls returned carry it out. */
  readonly partnerEnded: (id: string, reason: Reason) => ReadonlyArray<() => void>
}

/** From now on an abnormal end of either's life ends the other's, or is told to its `linkEnded`. Returns what cuts the link. */
export const link = ({ linkable: one }: HasLinks, { linkable: other }: HasLinks): (() => void) => {
  one.partners.add(other)
  other.partners.add(one)
  tellOfEarlierEnd(one, other)
  tellOfEarlierEnd(other, one)
  return () => {
    one.partners.delete(other)
    other.partners.delete(one)
  }
}

interface HasLinks {
  readonly linkable: Linkable
}

const tellOfEarlierEnd = ({ id, ended }: Linkable, partner: Linkable): void => {
  if (ended !== undefined && isAbnormal(ended)) partner.partnerEnded(id, ended).forEach((carryOut) => carryOut())
}
