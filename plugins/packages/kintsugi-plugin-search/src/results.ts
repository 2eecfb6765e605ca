/** DuckDuckGo's page without JavaScript: what it found, or why it did not search. */
import { parseHTML } from "linkedom"

export interface Result {
  readonly title: string
  readonly url: string
  readonly snippet: string
}

/** A captcha · nothing was found · a page that is none of those we know. */
export type Page = ReadonlyArray<Result> | "captcha" | "empty" | "unknown"

export const readResults = (html: string): Page => {
  const { document } = parseHTML(html)
  const results = [...document.querySelectorAll(".result:not(.result--ad)")].flatMap(
    (result): ReadonlyArray<Result> => {
      const link = result.querySelector("a.result__a")
      const url = targetOf(link?.getAttribute("href") ?? "")
      if (link === null || url === undefined) return []
      const snippet = result.querySelector(".result__snippet")?.textContent ?? ""
      return [{ title: plain(link.textContent), url, snippet: plain(snippet) }]
    }
  )
  if (results.length > 0) return results
  if (document.querySelector(".anomaly-modal__title, #challenge-form, form[action*='anomaly']") !== null)
    return "captcha"
  return document.querySelector(".no-results, .result--no-result") === null ? "unknown" : "empty"
}

/** Links lead over a page that counts them: the address is in `uddg`. Advertisements lead elsewhere. */
const targetOf = (href: string): string | undefined => {
  const url = URL.parse(href, "https://html.duckduckgo.com/html/")
  if (url === null) return undefined
  const isOwn = /(^|\.)duckduckgo\.com$/.test(url.hostname)
  const target = isOwn && url.pathname === "/l/" ? URL.parse(url.searchParams.get("uddg") ?? "") : isOwn ? null : url
  return target !== null && /^https?:$/.test(target.protocol) ? target.href : undefined
}

const plain = (text: string): string => text.replace(/\s+/g, " ").trim()
