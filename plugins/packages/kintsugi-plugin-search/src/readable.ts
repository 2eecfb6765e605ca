/** The part of a page that somebody would read, as Markdown. */
import { setImmediate as breathe } from "node:timers/promises"
import { gfm } from "@joplin/turndown-plugin-gfm"
import { Readability } from "@mozilla/readability"
import { PortError } from "kintsugi/plugin"
import { parseHTML } from "linkedom"
import TurndownService from "turndown"
import { measure } from "./measure.ts"

export interface Readable {
  readonly title: string
  readonly markdown: string
  /** The rest of the page was not looked at. */
  readonly isCut: boolean
}

/** Elements that are looked at; each step below takes up to two seconds for so many. */
const mostElements = 60_000
/** Looking for the article takes time with the third power of the depth; pages made by people have a tenth of it. */
const forArticle = { elements: 20_000, depth: 150 }
/** What is deeper would need more stack than there is. */
const mostDepth = 1000

/** @param url What relative addresses in it are relative to. @throws PortError for what cannot be read in reasonable time. */
export const readable = async (html: string, url: string): Promise<Readable> => {
  const { elements, depth, end } = measure(html, mostElements)
  if (depth > mostDepth) throw new PortError("execution_error", `${url} is nested too deeply to be read`)
  const document = documentOf(html.slice(0, end))
  for (const one of document.querySelectorAll("script, style, noscript, template, iframe, svg, canvas")) one.remove()
  absolute(document, url)
  const title = document.title.trim()
  // Where a page leaves out its head, this lands among what is read.
  for (const one of document.body.querySelectorAll("title, meta, link")) one.remove()
  const whole = document.body.innerHTML
  // The host takes a place that stands still for long as hung.
  await breathe()
  const isArticle = elements <= forArticle.elements && depth <= forArticle.depth
  const article = isArticle ? new Readability(document, { charThreshold: 200 }).parse() : null
  await breathe()
  // A page of links or a short one is no article; then all of it is.
  const markdown = markdownOf(article?.content || whole)
  return { title: article?.title?.trim() || title, markdown, isCut: end !== undefined }
}

const documentOf = (html: string): Document =>
  parseHTML(/<html[\s>]/i.test(html) ? html : `<html><body>${html}</body></html>`).document

const absolute = (document: Document, url: string): void => {
  const base = URL.parse(document.querySelector("base[href]")?.getAttribute("href") ?? "", url)?.href ?? url
  for (const name of ["href", "src"] as const)
    for (const one of document.querySelectorAll(name === "href" ? "a[href]" : "img[src]")) {
      const full = URL.parse(one.getAttribute(name) ?? "", base)
      if (full !== null && /^(https?|mailto):$/.test(full.protocol)) one.setAttribute(name, full.href)
      else one.removeAttribute(name)
    }
}

/** From text and not from nodes: its own parser knows the rows of tables. */
const markdownOf = (html: string): string => {
  const service = new TurndownService({ headingStyle: "atx", codeBlockStyle: "fenced", bulletListMarker: "-" })
  service.use(gfm)
  return service
    .turndown(html)
    .replace(/[^\S\n]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim()
}
