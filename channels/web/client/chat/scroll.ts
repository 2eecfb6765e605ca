/** The conversation stays at its end, unless the user has scrolled away from it. */

/** Pixels from the end that still count as being there. */
const near = 48

let region: HTMLElement | undefined
let isAtEnd = true
let observer: ResizeObserver | undefined

/** For lit's `ref`: called when the region comes and goes. */
export const scroller = (element?: Element): void => {
  observer?.disconnect()
  region = element instanceof HTMLElement ? element : undefined
  if (region === undefined) return
  isAtEnd = true
  region.addEventListener("scroll", look, { passive: true })
  observer = new ResizeObserver(follow)
  observer.observe(region)
  for (const child of region.children) observer.observe(child)
  follow()
}

const look = (): void => {
  if (region === undefined) return
  isAtEnd = region.scrollHeight - region.scrollTop - region.clientHeight < near
  region.parentElement?.classList.toggle("is-away", !isAtEnd)
}

const follow = (): void => {
  if (isAtEnd && region !== undefined) region.scrollTop = region.scrollHeight
  else look()
}

export const jump = (): void => {
  isAtEnd = true
  follow()
  look()
}
