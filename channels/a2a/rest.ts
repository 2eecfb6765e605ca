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
  const app = bareApp()
  app.use(cardPaths.rest, (request: Request, response: Response, next: NextFunction) => {
    const { body, version, limit } = calls.get(request) ?? { body: { text: "" }, version: "", limit: 0 }
    const problem = !isSupported(version)
      ? ([400, new VersionNotSupportedError(unsupported)] as const)
      : !route.test(request.path)
        ? ([404, new TaskNotFoundError("there is nothing at this address")] as const)
        : "problem" in body
          ? refusedBody(body.problem, limit)
          : undefined
    if (problem !== undefined) return refused(response, version, ...problem)
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

/** Of both versions, without tenants: the SDK's own routes would take any word for one. */
const route =
  /^\/(v1\/)?(message:(send|stream)|card|extendedAgentCard|tasks(\/[\w-]+(:cancel|:subscribe|\/pushNotificationConfigs(\/[^/]+)?)?)?)$/

const bareApp = (): express.Express => express().disable("x-powered-by")

const refusedBody = (problem: "too_large" | "broken" | "not_utf8", limit: number) => {
  const { status, message } = bodyProblem(problem, limit)
  return [status, new RequestMalformedError(message)] as const
}

export const refused = (response: ServerResponse, version: string, status: number, error: Error): void =>
  void response
    .writeHead(status, { "content-type": version === "0.3" ? "application/json" : "application/a2a+json" })
    .end(JSON.stringify(version === "0.3" ? toLegacyHTTPError(error) : toRestErrorBody(error, status)))

/** Express finds the fourth argument by counting. */
const bug = (_error: unknown, _request: Request, response: Response, _next: NextFunction): void => {
  if (!response.headersSent) refused(response, "", 500, new Error("a bug in Kintsugi"))
  else response.end()
}
