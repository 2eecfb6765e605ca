/** A token bucket: bursts are fine, a flood is not. */
import type { Clock } from "./clock.ts"

export interface Bucket {
  /** @returns whether one more may pass now; then it has. */
  readonly take: () => boolean
  /** Milliseconds until one more may pass. */
  readonly wait: () => number
}

export const bucket = ({ now }: Pick<Clock, "now">, size: number, perSecond: number): Bucket => {
  let [left, at] = [size, now()]
  const fill = (): void => {
    const time = now()
    left = Math.min(size, left + (Math.max(0, time - at) / 1000) * perSecond)
    at = time
  }
  return {
    take: () => {
      fill()
      if (left < 1) return false
      left -= 1
      return true
    },
    wait: () => {
      fill()
      return left >= 1 ? 0 : Math.ceil(((1 - left) / perSecond) * 1000)
    }
  }
}
