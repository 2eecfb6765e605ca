/**
 * Whether what a caller sent has the shape in which the SDK's readers take it for granted: by the names of fields, which mean the same
 * wherever they stand, of both versions and in both spellings. `null` is as if the field were not there.
 */

type Kind = "a text" | "an object" | "a list" | "a number" | "true or false" | "a word or a number"

const texts = [
  "id messageId message_id contextId context_id taskId task_id text raw url uri bytes token scheme credentials filename name",
  "fileWithUri fileWithBytes file_with_uri file_with_bytes",
  "mediaType media_type mimeType mime_type pageToken page_token tenant kind statusTimestampAfter status_timestamp_after",
  "pushNotificationConfigId push_notification_config_id"
]
const objects = [
  "message request configuration authentication file taskPushNotificationConfig task_push_notification_config",
  "pushNotificationConfig push_notification_config push_notification"
]

const kinds: ReadonlyMap<string, Kind> = new Map([
  ...words(texts, "a text"),
  ...words(objects, "an object"),
  ...words(
    ["parts content extensions referenceTaskIds reference_task_ids acceptedOutputModes accepted_output_modes schemes"],
    "a list"
  ),
  ...words(["historyLength history_length pageSize page_size"], "a number"),
  ...words(["returnImmediately return_immediately blocking includeArtifacts include_artifacts"], "true or false"),
  ...words(["role status"], "a word or a number")
])

function words(lines: ReadonlyArray<string>, kind: Kind): ReadonlyArray<readonly [string, Kind]> {
  return lines.flatMap((line) => line.split(" ").map((word) => [word, kind] as const))
}

/** Whatever stands in them is the caller's own. */
const free: ReadonlySet<string> = new Set(["metadata", "data"])

const lists: ReadonlySet<string> = new Set(["parts", "content"])

const fits: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  "a text": (value) => typeof value === "string",
  "an object": isObject,
  "a list": Array.isArray,
  "a number": (value) => Number.isFinite(value) || (typeof value === "string" && /^-?\d{1,10}$/.test(value)),
  "true or false": (value) => typeof value === "boolean",
  "a word or a number": (value) => typeof value === "string" || Number.isInteger(value)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Levels below each other; more of them are nothing that A2A has. */
const deepest = 10

/** @returns what is wrong first, for the caller: `message.parts[0].text must be a text`. */
export const misshapen = (value: unknown, at = "", depth = 0): string | undefined => {
  if (!isObject(value)) return undefined
  if (depth > deepest) return `${at} is nested too deeply`
  for (const [name, one] of Object.entries(value)) {
    if (one === null || one === undefined || free.has(name)) continue
    const where = at === "" ? name : `${at}.${name}`
    const kind = kinds.get(name)
    // Only names that are known are said again.
    if (kind === undefined) continue
    if (!fits[kind](one)) return `${where} must be ${kind}`
    const problem = Array.isArray(one) ? ofList(one, name, where, depth) : misshapen(one, where, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

const ofList = (list: ReadonlyArray<unknown>, name: string, where: string, depth: number): string | undefined => {
  for (const [nth, one] of list.entries()) {
    const here = `${where}[${nth}]`
    if (lists.has(name) && !isObject(one)) return `${here} must be an object`
    if (!lists.has(name) && typeof one !== "string") return `${here} must be a text`
    const problem = misshapen(one, here, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** What the SDK's reader of 0.3 relies on without looking. */
const needed: Readonly<Record<string, ReadonlyArray<string>>> = {
  "message/send": ["message", "message.messageId", "message.parts"],
  "message/stream": ["message", "message.messageId", "message.parts"],
  "tasks/get": ["id"],
  "tasks/cancel": ["id"],
  "tasks/resubscribe": ["id"],
  "tasks/pushNotificationConfig/set": ["taskId", "pushNotificationConfig", "pushNotificationConfig.url"],
  "tasks/pushNotificationConfig/get": ["id"],
  "tasks/pushNotificationConfig/list": ["id"],
  "tasks/pushNotificationConfig/delete": ["id", "pushNotificationConfigId"]
}

/** The same for a call of 0.3. */
export const misshapenOld = (method: string, params: unknown): string | undefined => {
  const missing = (needed[method] ?? []).find((path) => {
    const found = path.split(".").reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), params)
    return found === undefined || found === null
  })
  if (missing !== undefined) return `${missing} is needed`
  const { message } = isObject(params) ? params : {}
  const parts = isObject(message) && Array.isArray(message.parts) ? message.parts : []
  const wrong = parts.findIndex((part) => isObject(part) && !isPart(part))
  return wrong < 0 ? undefined : `message.parts[${wrong}] must be a text, a file or data, and say so in kind`
}

const isPart = ({ kind, text, file, data }: Readonly<Record<string, unknown>>): boolean => {
  if (kind === "text") return typeof text === "string"
  if (kind === "file") return isObject(file) && (typeof file.bytes === "string" || typeof file.uri === "string")
  return kind === "data" && isObject(data)
}
