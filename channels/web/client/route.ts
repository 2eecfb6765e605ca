/** Which view is open, as the part of the address behind `#`: `#/chat/ID`, `#/mends/ID`. */

export const places = ["chat", "sessions", "supervision", "mends"] as const

export type Place = (typeof places)[number]

export interface Route {
  readonly place: Place
  /** Of a session or a seam. */
  readonly id?: string
}

const isPlace = (text: string): text is Place => places.some((place) => place === text)

/** Whatever stands there: what is no place is the chat. */
export const readRoute = (hash: string): Route => {
  const [, name = "", id = ""] = /^#\/([a-z]+)(?:\/([^/]+))?$/.exec(hash) ?? []
  if (!isPlace(name)) return { place: "chat" }
  const decoded = decode(id)
  return { place: name, ...(decoded !== "" && { id: decoded }) }
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return ""
  }
}

export const writeRoute = ({ place, id }: Route): string =>
  `#/${place}${id === undefined ? "" : `/${encodeURIComponent(id)}`}`

/** The key that a link brings along, `#key=…`. */
export const keyIn = (hash: string): string | undefined => {
  const [, key = ""] = /^#key=([^&]+)$/.exec(hash) ?? []
  return decode(key) || undefined
}
