/** A2A over HTTP+JSON, and the card: routes of the SDK for Express, behind a front that reads bodies and knows who asks. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { AgentCard } from "@a2a-js/sdk"
import { legacyAgentCardRouter } from "@a2a-js/sdk/compat/v0_3/server/express"
import { toLegacyHTTPError } from "@a2a-js/sdk/compat/v0_3/server"
import { RequestMalformedError, TaskNotFoundError, toRestErrorBody, VersionNotSupportedError } from "@a2a-js/sdk/errors"
import type { A2ARequestHandler, ServerCallContext } from "@a2a-js/sdk/server"
import { restHandler, UserBuilder } from "@a2a-js/sdk/server/express"
import express, { type NextFunction, type Request, type Response } from "express"
import { cardPaths } from "../../plugins/a2a/card.ts"
import type { ReadBody } from "./body.ts"
import { bodyProblem } from "./json-rpc.ts"
import { misshapen } from "./shape.ts"
import { isSupported, unsupported } from "./version.ts"

/** Seconds that a card may be kept. */
const cardAge = 300

/** The parts of Express that know a request's way. */
export type Take = (request: IncomingMessage, response: ServerResponse) => void

/** @param card As it is for a request. */
export const cardRoute = (card: (request: IncomingMessage) => Promise<AgentCard>): Take => {
  const app = bareApp()
  app.use((request, response, next) => {
    const cards = { agentCardProvider: () => card(request), cache: { maxAge: cardAge } }
    legacyAgentCardRouter(cards)(withPath(request, "/"), response, next)
  })
  const show = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    try {
      response.set({ "cache-control": `public, max-age=${cardAge}` }).vary("A2A-Version")
      // The SDK's own route writes the card in the form in which it lies in memory, where security schemes are wrapped.
      response.type("application/json").send(JSON.stringify(AgentCard.toJSON(await card(request))))
    } catch (error) {
      next(error)
    }
  }
  app.use((request, response, next) => void show(request, response, next))
  app.use(bug)
  return app
}

const withPath = (request: Request, path: string): Request => {
  request.url = path
  return request
}

export interface RestParts {
  readonly handler: A2ARequestHandler
  /** Of a request that is under way. */
  readonly contextOf: (headers: object) => ServerCallContext
}

export interface RestCall {
  readonly body: ReadBody
  readonly version: string
  /** Bytes that a body may have. */
  readonly limit: number
}

export type Rest = (call: RestCall, request: IncomingMessage, response: ServerResponse) => void

export const rest = ({ handler, contextOf }: RestParts): Rest => {
  const calls = new WeakMap<IncomingMessage, RestCall>()
  const app = bareApp().disable("etag")
  app.use(cardPaths.rest, (request: Request, response: Response, next: NextFunction) => {
    const call = calls.get(request) ?? { body: { text: "" }, version: "", limit: 0 }
    const { body, version } = call
    const problem = problemOf(call, request)
    if (problem?.allow !== undefined) response.setHeader("allow", problem.allow.join(", "))
    if (problem !== undefined) return refused(response, version, problem.status, problem.error)
    response.setHeader("cache-control", "no-store")
    if (version === "0.3") sayFinal(response)
    try {
      const { text } = body as { readonly text: string } // else it is a problem
      request.body = text.trim() === "" ? undefined : JSON.parse(text)
    } catch {
      return refused(response, version, 400, new RequestMalformedError("the body is no JSON"))
    }
    const wrong = misshapen(request.body)
    return wrong === undefined ? next() : refused(response, version, 400, new RequestMalformedError(wrong))
  })
  app.use(
    cardPaths.rest,
    restHandler({
      requestHandler: handler,
      userBuilder: UserBuilder.noAuthentication,
      legacyCompat: { enabled: true },
      contextBuilder: ({ headers }) => contextOf(headers)
    })
  )
  app.use((request: Request, response: Response) =>
    refused(response, calls.get(request)?.version ?? "", 404, new TaskNotFoundError("there is nothing at this address"))
  )
  app.use(bug)
  return (call, request, response) => {
    calls.set(request, call)
    app(request, response)
  }
}

interface Problem {
  readonly status: number
  readonly error: Error
  /** Methods that there are. */
  readonly allow?: ReadonlyArray<string>
}

const problemOf = ({ body, version, limit }: RestCall, { path, method }: Request): Problem | undefined => {
  if (!isSupported(version)) return { status: 400, error: new VersionNotSupportedError(unsupported) }
  const allow = methodsOf(path)
  if (allow === undefined) return { status: 404, error: new TaskNotFoundError("there is nothing at this address") }
  if (!allow.includes(method))
    return { status: 405, error: new Error(`this address takes ${allow.join(" and ")}`), allow }
  if (!("problem" in body)) return undefined
  const { status, message } = bodyProblem(body.problem, limit)
  return { status, error: new RequestMalformedError(message) }
}

/** Of both versions, without tenants: the SDK's own routes would take any word for one, and any method's error for a missing task. */
const routes: ReadonlyArray<readonly [RegExp, ReadonlyArray<string>]> = [
  [/^message:(send|stream)$/, ["POST"]],
  [/^(card|extendedAgentCard|tasks)$/, ["GET", "HEAD"]],
  [/^tasks\/[\w-]+$/, ["GET", "HEAD"]],
  [/^tasks\/[\w-]+:cancel$/, ["POST"]],
  [/^tasks\/[\w-]+:subscribe$/, ["GET", "POST"]],
  [/^tasks\/[\w-]+\/pushNotificationConfigs$/, ["GET", "HEAD", "POST"]],
  [/^tasks\/[\w-]+\/pushNotificationConfigs\/[^/]+$/, ["GET", "HEAD", "DELETE"]]
]

/** @returns `undefined` where there is nothing. */
const methodsOf = (path: string): ReadonlyArray<string> | undefined =>
  routes.find(([route]) => route.test(path.replace(/^\/(v1\/)?/, "")))?.[1]

/** In 0.3 the last event of a stream says so, a question too; the SDK says it of ends only. */
const sayFinal = (response: Response): void => {
  const write = response.write.bind(response)
  const asFinal = (piece: string): string => {
    if (!piece.includes('"TASK_STATE_INPUT_REQUIRED"')) return piece
    const event: unknown = JSON.parse(piece.replace(/^data: /, ""))
    const update = typeof event === "object" && event !== null && "statusUpdate" in event && event.statusUpdate
    if (typeof update !== "object") return piece
    return `data: ${JSON.stringify({ statusUpdate: { ...update, final: true } })}\n\n`
  }
  // The SDK and we write texts only.
  response.write = ((piece: string) => write(asFinal(piece))) as typeof write
}

const bareApp = (): express.Express => express().disable("x-powered-by")

export const refused = (response: ServerResponse, version: string, status: number, error: Error): void =>
  void response
    .writeHead(status, { "content-type": version === "0.3" ? "application/json" : "application/a2a+json" })
    .end(JSON.stringify(version === "0.3" ? toLegacyHTTPError(error) : named(toRestErrorBody(error, status), status)))

/** As google.rpc.Code calls them; the SDK knows its own errors only. */
const names: Readonly<Record<number, string>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  405: "UNIMPLEMENTED",
  421: "FAILED_PRECONDITION",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE"
}

const named = <Body extends { readonly error: object }>(body: Body, code: number): Body =>
  names[code] === undefined ? body : { ...body, error: { ...body.error, status: names[code] } }

/** Express finds the fourth argument by counting. */
const bug = (_error: unknown, _request: Request, response: Response, _next: NextFunction): void => {
  if (!response.headersSent) refused(response, "", 500, new Error("a bug in Kintsugi"))
  else response.end()
}
