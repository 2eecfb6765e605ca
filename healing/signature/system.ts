/** Failures that Node reports with a code: files, processes, the network, arguments of its own functions. */
import { coded, otherInput, said, type Signature } from "./fact.ts"

const argument = [
  /^The "(?<property>[^"]+)" argument/,
  /^The argument '(?<property>[^']+)'/,
  /^The (?:property|value of) ["'](?<property>[^"']+)["']/
]

export const system: ReadonlyArray<Signature> = [
  {
    kind: "cancelled",
    errorClass: "cancelled",
    matches: ({ name, code }) => name === "AbortError" || code === "ABORT_ERR",
    hint: "It was stopped from outside. Call it again only if it is still wanted."
  },
  {
    kind: "broken_promise",
    errorClass: "execution_error",
    matches: coded(/^ERR_BROKEN_PROMISE$/),
    names: [
      /^tool "(?<subject>[^"]+)": its answer does not fit its (?<property>output)/,
      /^tool "(?<subject>[^"]+)": its (?<property>post)-condition/
    ],
    hint: `Its answer is not what it promises, so it was not passed on. ${otherInput}`
  },
  {
    kind: "timed_out",
    errorClass: "network_timeout",
    matches: ({ name, code }) => name === "TimeoutError" || /^(ETIMEDOUT|UND_ERR_\w*TIMEOUT)$/.test(code),
    hint: "Try once more; if it fails again, ask for less at a time or go another way."
  },
  {
    kind: "network",
    errorClass: "network_timeout",
    matches: ({ code, message }) =>
      /^(ECONN(RESET|REFUSED|ABORTED)|E(HOST|NET)(UNREACH|DOWN)|ENOTFOUND|EAI_\w+|EPIPE|UND_ERR_SOCKET)$/.test(code) ||
      message === "fetch failed",
    hint: "Check the address and that the server is up, then try once more."
  },
  {
    kind: "body_used",
    errorClass: "execution_error",
    matches: said("TypeError", /^Body is unusable/),
    hint: `Its code reads one answer of a server twice. ${otherInput}`
  },
  {
    kind: "missing_program",
    errorClass: "missing_dependency",
    matches: ({ code, call }) => code === "ENOENT" && call.startsWith("spawn"),
    names: [/^spawn(?:Sync)? (?<property>.+) ENOENT$/],
    hint: "A program that it needs, or the folder to run it in, is not there. Use another tool, or tell the user what to install."
  },
  {
    kind: "denied",
    errorClass: "permission_denied",
    matches: coded(/^(EACCES|EPERM|EROFS|ERR_ACCESS_DENIED)$/),
    hint: "The system forbids it. Use a place that may be written, or ask the user to give access."
  },
  {
    kind: "missing_file",
    errorClass: "not_found",
    matches: coded(/^(ENOENT|ENOTDIR)$/),
    names: [/, \w+ '(?<subject>[^']+)'/],
    hint: "Check the path; create what is missing if that is meant."
  },
  {
    kind: "wrong_file",
    errorClass: "execution_error",
    matches: coded(/^(EISDIR|EEXIST|ENOTEMPTY|ELOOP|ENAMETOOLONG|ERR_FS_EISDIR)$/),
    names: [/, \w+ '(?<subject>[^']+)'/, /\) (?<subject>\/.+)$/],
    hint: "What lies at the path is not what it expects there. Look at it, then use another path."
  },
  {
    kind: "busy",
    errorClass: "execution_error",
    matches: coded(/^(EBUSY|EAGAIN|ETXTBSY)$/),
    hint: "Something else is using it at the moment. Try once more."
  },
  {
    kind: "exhausted",
    errorClass: "execution_error",
    matches: coded(
      /^(ENOSPC|EDQUOT|ENOMEM|EMFILE|ENFILE|ENOBUFS|ERR_CHILD_PROCESS_STDIO_MAXBUFFER|ERR_WORKER_OUT_OF_MEMORY|ERR_STRING_TOO_LONG)$/
    ),
    hint: "Disk, memory or another limit is used up. Ask for less at a time, or tell the user."
  },
  {
    kind: "unknown_encoding",
    errorClass: "invalid_arguments",
    matches: ({ code, message }) =>
      /^ERR_(UNKNOWN_ENCODING|ENCODING_NOT_SUPPORTED)$/.test(code) ||
      (code === "ERR_INVALID_ARG_VALUE" && message.startsWith("The argument 'encoding' ")),
    names: [
      /^Unknown encoding: (?<property>.+)$/,
      /^The "(?<property>.+)" encoding is not supported/,
      /Received '(?<property>.+)'$/
    ],
    hint: "It was told to read or write text in a way that Node does not know. Check the arguments and call it again."
  },
  {
    kind: "undecodable",
    errorClass: "execution_error",
    matches: coded(/^ERR_ENCODING_INVALID_ENCODED_DATA$/),
    names: [/for encoding (?<property>\S+)$/],
    hint: "It read bytes that are not the text it expected. Look at its source of data first."
  },
  {
    kind: "invalid_callback",
    errorClass: "invalid_arguments",
    matches: ({ code, message }) =>
      code === "ERR_INVALID_ARG_TYPE" && message.includes(" argument must be of type function"),
    names: argument,
    hint: `Its code forgot to say what happens next. ${otherInput}`
  },
  {
    kind: "wrong_value",
    errorClass: "invalid_arguments",
    matches: coded(/^ERR_(INVALID_(ARG_TYPE|ARG_VALUE|URL|URL_SCHEME|FILE_URL_PATH)|OUT_OF_RANGE|SOCKET_BAD_PORT)$/),
    names: argument,
    hint: "Its code handed Node a value of the wrong kind, which may come from an argument: check the arguments and call it again."
  },
  {
    kind: "floating_rejection",
    errorClass: "execution_error",
    matches: coded(/^ERR_UNHANDLED_REJECTION$/),
    hint: `Its code let a promise fail that nobody waited for. ${otherInput}`
  }
]
