/**
 * Amazon Bedrock's Converse, streaming, with a Bedrock API key as bearer: no AWS SDK and no signatures. Two pure halves,
 * `toBody` and `step`, around one request.
 * Sources: docs.aws.amazon.com/bedrock (API reference of ConverseStream; user guide on tool use, prompt caching and
 * reasoning), the event stream encoding of AWS, recorded traffic of 2025 and 2026.
 */
import { toBody } from "./bedrock-body.ts"
import { frames } from "./bedrock-frames.ts"
import { endings, step } from "./bedrock-step.ts"
import { whole } from "./bedrock-whole.ts"
import type { DialectOptions } from "./dialect.ts"
import type { Wire } from "./exchange.ts"
import { post } from "./post.ts"
import { keyHeaders } from "./sdk-options.ts"
import { speak } from "./speak.ts"

const load = async (options: DialectOptions, body: ReturnType<typeof toBody>): ReturnType<Wire["load"]> => {
  return (line) =>
    post(line, {
      // A model may be an ARN, with slashes and colons in it.
      url: `${options.baseUrl.replace(/\/+$/, "")}/model/${encodeURIComponent(options.model)}/converse-stream`,
      headers: {
        accept: "application/vnd.amazon.eventstream",
        ...keyHeaders(options, "authorization"),
        ...options.headers
      },
      body,
      decode: frames
    })
}

export const bedrock = speak({ toBody, load, step, whole, endings, hasTrailer: true, framing: "frames" })
