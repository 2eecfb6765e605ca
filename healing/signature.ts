/**
 * What the errors of Node and V8 mean. V8's messages change between its major versions: the spec provokes the real ones,
 * so that a new Node shows where they drifted.
 */

/** The classes a model may react to, as answers carry them. */
export type FailureClass =
  | "missing_dependency"
  | "permission_denied"
  | "invalid_arguments"
  | "network_timeout"
  | "not_found"
  | "cancelled"
  | "execution_error"

/** What an error says of itself; empty where it says nothing. */
export interface Fact {
  readonly name: string
  /** For example `ENOENT` or `ERR_MODULE_NOT_FOUND`. */
  readonly code: string
  /** The system call that failed, for example `open` or `spawn rg`. */
  readonly call: string
  readonly message: string
  readonly stack: string
}

export interface Signature {
  readonly kind: string
  readonly errorClass: FailureClass
  readonly matches: (fact: Fact) => boolean
  /** What the model may try. */
  readonly hint: string
}

const otherInput = "Other arguments may avoid the bug; otherwise reach the goal with another tool."

/** The first that matches counts. */
export const signatures: ReadonlyArray<Signature> = [
  {
    kind: "cancelled",
    errorClass: "cancelled",
    matches: ({ name, code }) => name === "AbortError" || code === "ABORT_ERR",
    hint: "It was stopped from outside. Call it again only if it is still wanted."
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
    kind: "missing_program",
    errorClass: "missing_dependency",
    matches: ({ code, call }) => code === "ENOENT" && call.startsWith("spawn"),
    hint: "A program that it needs, or the folder to run it in, is not there. Use another tool, or tell the user what to install."
  },
  {
    kind: "missing_module",
    errorClass: "missing_dependency",
    matches: ({ code }) =>
      /^(ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|ERR_PACKAGE_PATH_NOT_EXPORTED|ERR_UNSUPPORTED_DIR_IMPORT|ERR_UNKNOWN_BUILTIN_MODULE)$/.test(
        code
      ),
    hint: "A package or file that its code imports is not there. Use another tool, and tell the user which one is missing."
  },
  {
    kind: "missing_export",
    errorClass: "missing_dependency",
    matches: ({ name, message }) =>
      name === "SyntaxError" && /does not provide an export named|^Named export '.*' not found/.test(message),
    hint: "A module that its code imports is there in another version. Use another tool, and tell the user."
  },
  {
    kind: "denied",
    errorClass: "permission_denied",
    matches: ({ code }) => /^(EACCES|EPERM|EROFS|ERR_ACCESS_DENIED)$/.test(code),
    hint: "The system forbids it. Use a place that may be written, or ask the user to give access."
  },
  {
    kind: "missing_file",
    errorClass: "not_found",
    matches: ({ code }) => /^(ENOENT|ENOTDIR)$/.test(code),
    hint: "Check the path; create what is missing if that is meant."
  },
  {
    kind: "wrong_file",
    errorClass: "execution_error",
    matches: ({ code }) => /^(EISDIR|EEXIST|ENOTEMPTY|ELOOP|ENAMETOOLONG)$/.test(code),
    hint: "What lies at the path is not what it expects there. Look at it, then use another path."
  },
  {
    kind: "exhausted",
    errorClass: "execution_error",
    matches: ({ code }) =>
      /^(ENOSPC|EDQUOT|ENOMEM|EMFILE|ENFILE|ENOBUFS|ERR_CHILD_PROCESS_STDIO_MAXBUFFER|ERR_WORKER_OUT_OF_MEMORY)$/.test(
        code
      ),
    hint: "Disk, memory or another limit is used up. Ask for less at a time, or tell the user."
  },
  {
    kind: "wrong_value",
    errorClass: "invalid_arguments",
    matches: ({ code }) =>
      /^ERR_(INVALID_(ARG_TYPE|ARG_VALUE|URL|FILE_URL_PATH)|OUT_OF_RANGE|UNKNOWN_ENCODING)$/.test(code),
    hint: "Its code handed Node a value of the wrong kind, which may come from an argument: check the arguments and call it again."
  },
  {
    kind: "bad_json",
    errorClass: "execution_error",
    matches: ({ name, message }) => name === "SyntaxError" && /\bJSON\b/.test(message),
    hint: "It read something that is not the JSON it expected. Look at its source of data first."
  },
  {
    kind: "bad_syntax",
    errorClass: "execution_error",
    matches: ({ name, code, message }) =>
      name === "SyntaxError" ||
      /^ERR_(UNSUPPORTED_TYPESCRIPT_SYNTAX|INVALID_TYPESCRIPT_SYNTAX|REQUIRE_ASYNC_MODULE|IMPORT_ATTRIBUTE_MISSING|UNKNOWN_FILE_EXTENSION)$/.test(
        code
      ) ||
      / is not defined in ES module scope/.test(message),
    hint: "Its code cannot be loaded; calling it again will not help. Use another tool, and tell the user."
  },
  {
    kind: "undefined_access",
    errorClass: "execution_error",
    matches: ({ name, message }) =>
      name === "TypeError" &&
      /^Cannot (read|set) propert(y|ies) of (undefined|null)|^Cannot destructure /.test(message),
    hint: `Its code met a value that is not there. ${otherInput}`
  },
  {
    kind: "not_iterable",
    errorClass: "execution_error",
    matches: ({ name, message }) => name === "TypeError" && / is not iterable|\[Symbol\.iterator\]/.test(message),
    hint: `Its code expects a list where there is none. ${otherInput}`
  },
  {
    kind: "not_a_function",
    errorClass: "execution_error",
    matches: ({ name, message }) => name === "TypeError" && / is not a (function|constructor)\b/.test(message),
    hint: `Its code calls something that does not exist. ${otherInput}`
  },
  {
    kind: "read_only",
    errorClass: "execution_error",
    matches: ({ name, message }) =>
      name === "TypeError" &&
      /^Assignment to constant|^Cannot (assign to read only|add property|delete property|redefine)/.test(message),
    hint: `Its code writes to something that may not be changed. ${otherInput}`
  },
  {
    kind: "not_serialisable",
    errorClass: "execution_error",
    matches: ({ name, message }) =>
      name === "DataCloneError" || /^Converting circular structure|^Do not know how to serialize/.test(message),
    hint: `Its result cannot be passed on. ${otherInput}`
  },
  {
    kind: "not_defined",
    errorClass: "execution_error",
    matches: ({ name }) => name === "ReferenceError",
    hint: `Its code uses a name that does not exist. ${otherInput}`
  },
  {
    kind: "endless_recursion",
    errorClass: "execution_error",
    matches: ({ name, message }) => name === "RangeError" && message.startsWith("Maximum call stack"),
    hint: "Its code calls itself without end. Smaller or flatter input may help; otherwise use another tool."
  },
  {
    kind: "out_of_range",
    errorClass: "execution_error",
    matches: ({ name }) => name === "RangeError",
    hint: `Its code calculated an impossible size or time. ${otherInput}`
  },
  {
    kind: "wrong_type",
    errorClass: "execution_error",
    matches: ({ name }) => name === "TypeError",
    hint: `Its code met a value of another kind than it expects. ${otherInput}`
  }
]

/** What an error is that nobody knows. */
export const unknownSignature: Omit<Signature, "matches"> = {
  kind: "unknown",
  errorClass: "execution_error",
  hint: `It may be a bug in the tool. ${otherInput}`
}
