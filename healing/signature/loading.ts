/** Failures of loading code: what it imports is not there, or it is not in a language that runs here. */
import { coded, type Fact, said, type Signature } from "./fact.ts"

const missing = "Use another tool, and tell the user which one is missing."
const broken = "Its code cannot be loaded; calling it again will not help. Use another tool, and tell the user."

/** A bare name is a package; anything with a path is a file. */
const asksForPackage = ({ message }: Fact): boolean =>
  /^Cannot find (package|module) '(?![./\\]|[A-Za-z]:|file:)/.test(message)

const notFound = coded(/^(ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND)$/)

const common = { errorClass: "missing_dependency", isHopeless: true } as const
const unloadable = { errorClass: "execution_error", isHopeless: true, hint: broken } as const

export const loading: ReadonlyArray<Signature> = [
  {
    kind: "missing_package",
    ...common,
    matches: (fact) => notFound(fact) && asksForPackage(fact),
    names: [
      /^Cannot find (?:package|module) '(?<property>[^']+)' imported from (?<importer>.+)$/m,
      /^Cannot find module '(?<property>[^']+)'\nRequire stack:\n- (?<importer>.+)$/m,
      /^Cannot find (?:package|module) '(?<property>[^']+)'/
    ],
    hint: `A package that its code imports is not there. ${missing}`
  },
  {
    kind: "missing_file_module",
    ...common,
    matches: (fact) => notFound(fact) || fact.code === "ERR_UNSUPPORTED_DIR_IMPORT",
    names: [
      /^Cannot find (?:package|module) '(?<subject>.+?)' imported from (?<importer>.+)$/m,
      /^Directory import '(?<subject>.+?)' is not supported .* imported from (?<importer>.+)$/m,
      /^Cannot find module '(?<subject>.+?)'\nRequire stack:\n- (?<importer>.+)$/m,
      /^Cannot find (?:package|module) '(?<subject>.+?)'/
    ],
    hint: `A file that its code imports is not there. ${missing}`
  },
  {
    kind: "missing_subpath",
    ...common,
    matches: coded(/^ERR_PACKAGE_(PATH_NOT_EXPORTED|IMPORT_NOT_DEFINED)$/),
    names: [
      /^Package subpath '(?<property>.+?)' is not defined by "exports" in (?<subject>.+?)(?: imported from (?<importer>.+))?$/m,
      /^No "exports" main defined in (?<subject>.+?)(?: imported from (?<importer>.+))?$/m,
      /^Package import specifier "(?<property>.+?)" is not defined(?: in package (?<subject>.+?))?(?: imported from (?<importer>.+))?$/m
    ],
    hint: `A package that its code imports does not offer what is asked of it. ${missing}`
  },
  {
    kind: "missing_builtin",
    ...common,
    matches: coded(/^ERR_UNKNOWN_BUILTIN_MODULE$/),
    names: [/^No such built-in module: (?<property>\S+)/],
    hint: `Its code needs a module that this Node does not have. ${missing}`
  },
  {
    kind: "missing_export",
    ...common,
    matches: said("SyntaxError", /does not provide an export named/),
    names: [/^The requested module '(?<subject>.+?)' does not provide an export named '(?<property>.+?)'/],
    hint: "A module that its code imports is there in another version. Use another tool, and tell the user."
  },
  {
    kind: "missing_named_export",
    ...common,
    matches: said("SyntaxError", /^Named export '.*' not found/),
    names: [/^Named export '(?<property>.+?)' not found\. The requested module '(?<subject>.+?)'/],
    hint: "A module that its code imports exports in another way. Use another tool, and tell the user."
  },
  {
    kind: "import_attribute",
    ...unloadable,
    matches: coded(/^ERR_IMPORT_ATTRIBUTE_/),
    names: [/^Module "(?<subject>.+?)" /]
  },
  {
    kind: "require_async",
    ...unloadable,
    matches: coded(/^ERR_REQUIRE_(ASYNC_MODULE|ESM)$/),
    names: [
      /^Required module: (?<subject>.+)\nRequire stack:\n- (?<importer>.+)$/m,
      /^Required module: (?<subject>.+)$/m,
      /^require\(\) of ES Module (?<subject>.+?) from (?<importer>.+?) not supported/
    ]
  },
  {
    kind: "typescript_syntax",
    ...unloadable,
    matches: coded(/^ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX$/),
    names: [/^TypeScript (?<property>.+?) is not supported/]
  },
  {
    kind: "unknown_extension",
    ...unloadable,
    matches: coded(/^ERR_UNKNOWN_(FILE_EXTENSION|MODULE_FORMAT)$/),
    names: [/^Unknown file extension "(?<property>.+?)" for (?<subject>.+)$/m]
  },
  {
    kind: "cjs_in_esm",
    ...unloadable,
    matches: said("ReferenceError", / is not defined in ES module scope/),
    names: [/^(?<property>\w+) is not defined in ES module scope/]
  },
  {
    kind: "esm_in_cjs",
    ...unloadable,
    matches: said(
      "SyntaxError",
      /^Cannot use (import statement|'import\.meta') outside a module|^Unexpected token 'export'$/
    )
  }
]

/** What no parser understands. Looked at after everything else that calls itself a SyntaxError. */
export const badSyntax: Signature = {
  kind: "bad_syntax",
  ...unloadable,
  matches: (fact) => fact.name === "SyntaxError" || fact.code === "ERR_INVALID_TYPESCRIPT_SYNTAX",
  names: [/^(?:Identifier|Export) '(?<property>.+?)' /, /^Unexpected token '(?<property>.+)'$/]
}
