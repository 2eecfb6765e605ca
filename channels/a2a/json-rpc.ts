/**
 * A2A over JSON-RPC: the SDK's transport does the protocol, this does HTTP. The SDK's own handler for Express writes stack traces
 * for its clients' mistakes, answers a body that is too large in HTML, and does not wait for slow readers.
 */
import type { ServerResponse } from "node:http"
import { LegacyJsonRpcTransportHandler } from "@a2a-js/sdk/compat/v0_3/server"
import {
  A2A_ERROR_CODE,
  ContentTypeNotSupportedError,
  RequestMalformedError,
  toJsonRpcError,
  VersionNotSupportedError
} from "@a2a-js/sdk/errors"
import { type A2ARequestHandler, JsonRpcTransportHandler, type ServerCallContext } from "@a2a-js/sdk/server"
import type { ReadBody } from "./body.ts"
import { misshapen, misshapenOld } from "./shape.ts"
import { isSupported, unsupported } from "./version.ts"

type Id = string | number | null

interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

export interface RpcCall {
  readonly body: ReadBody
  readonly contentType: string | undefined
  readonly version: string
  readonly context: ServerCallContext
  /** Bytes that a body may have. */
  readonly limit: number
}

export type JsonRpc = (call: RpcCall, response: ServerResponse) => Promise<void>

export const jsonRpc = (handler: A2ARequestHandler): JsonRpc => {
  const newer = new JsonRpcTransportHandler(handler)
  const older = new LegacyJsonRpcTransportHandler(handler)
  return async (call, response) => {
    const read = requestIn(call)
    if ("error" in read) return failed(response, read.status, read.id, read.error)
    const { id, method } = read
    if (!isSupported(call.version))
      return failed(response, 200, id, toJsonRpcError(new VersionNotSupportedError(unsupported)))
    const isOld = call.version === "0.3"
    // A client of 1.0 that forgets the header would otherwise not find out why nothing exists.
    if (isOld && /^[A-Z]/.test(method)) return failed(response, 200, id, noHeader)
    const { params } = read.request
    const problem = misshapen(params) ?? (isOld ? misshapenOld(method, params) : undefined)
    if (problem !== undefined) return failed(response, 200, id, toJsonRpcError(new RequestMalformedError(problem)))
    const answer: unknown = await (isOld ? older : newer).handle(read.request, call.context)
    if (isStream(answer)) return streamed(answer, id, isOld, response)
    return json(response, 200, answer)
  }
}

const noHeader: RpcError = {
  code: A2A_ERROR_CODE.METHOD_NOT_FOUND,
  message:
    "there is no such method in A2A 0.3, which a request without the header A2A-Version speaks; say A2A-Version: 1.0"
}

export const failed = (response: ServerResponse, status: number, id: Id, error: RpcError): void =>
  json(response, status, { jsonrpc: "2.0", id, error })

const json = (response: ServerResponse, status: number, value: unknown): void =>
  void response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(value))

type Request =
  | { readonly request: Record<string, unknown>; readonly id: Id; readonly method: string }
  | { readonly status: number; readonly id: Id; readonly error: RpcError }

const requestIn = ({ body, contentType, limit }: RpcCall): Request => {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase()
  if (type !== undefined && type !== "application/json" && type !== "application/a2a+json")
    return {
      status: 200,
      id: null,
      error: toJsonRpcError(new ContentTypeNotSupportedError("Content-Type must be application/json"))
    }
  if ("problem" in body) return bodyRefused(body.problem, limit)
  let request: unknown
  try {
    request = JSON.parse(body.text)
  } catch {
    return { status: 200, id: null, error: { code: A2A_ERROR_CODE.PARSE_ERROR, message: "the body is no JSON" } }
  }
  if (typeof request !== "object" || request === null || Array.isArray(request))
    return invalid(null, Array.isArray(request) ? "A2A has no batches: send one request" : "a request is an object")
  const { jsonrpc, id = null, method }: Readonly<Record<string, unknown>> = { ...request }
  if (id !== null && typeof id !== "string" && !Number.isInteger(id))
    return invalid(null, "id must be a text or a whole number")
  const known = typeof id === "string" ? id : id === null ? null : Number(id)
  if (jsonrpc !== "2.0") return invalid(known, 'jsonrpc must be "2.0"')
  if (typeof method !== "string" || method === "") return invalid(known, "method must be a text")
  return { request: { ...request }, id: known, method }
}

const invalid = (id: Id, message: string): Request => ({
  status: 200,
  id,
  error: { code: A2A_ERROR_CODE.INVALID_REQUEST, message }
})

const bodyRefused = (problem: "too_large" | "broken" | "not_utf8", limit: number): Request => {
  const { status, message } = bodyProblem(problem, limit)
  return { status, id: null, error: { code: A2A_ERROR_CODE.INVALID_REQUEST, message } }
}

export const bodyProblem = (problem: "too_large" | "broken" | "not_utf8", limit: number) =>
  ({
    too_large: { status: 413, message: `a request has at most ${Math.floor(limit / 1024 / 1024)} MiB` },
    broken: { status: 400, message: "the request broke off" },
    not_utf8: { status: 400, message: "the body is not UTF-8" }
  })[problem]

const isStream = (value: unknown): value is AsyncGenerator<unknown, void> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value

/** What goes wrong before anything was told is an answer as any other. */
const streamed = async (
  stream: AsyncGenerator<unknown, void>,
  id: Id,
  isOld: boolean,
  response: ServerResponse
): Promise<void> => {
  const error = (thrown: unknown): RpcError =>
    isOld ? LegacyJsonRpcTransportHandler.mapToLegacyJSONRPCError(thrown) : toJsonRpcError(thrown)
  try {
    for await (const event of stream) {
      if (!response.headersSent) response.writeHead(200, sse)
      response.write(`data: ${JSON.stringify(isOld ? final(event) : event)}\n\n`)
    }
    response.end()
  } catch (thrown) {
    if (!response.headersSent) return failed(response, 200, id, error(thrown))
    response.end(`event: error\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, error: error(thrown) })}\n\n`)
  }
}

const sse = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache",
  // For nginx, which would collect it.
  "x-accel-buffering": "no"
}

interface OldEvent {
  readonly result?: { readonly kind?: string; readonly status?: { readonly state?: string } }
}

/** In 0.3 the last event of a stream says so, a question too; the SDK says it of ends only. */
const final = (event: unknown): unknown => {
  const { result } = event as OldEvent // made by the SDK
  if (result?.kind !== "status-update" || result.status?.state !== "input-required") return event
  return { ...(event as OldEvent), result: { ...result, final: true } } // as above
}
