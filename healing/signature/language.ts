/** Failures that the language itself reports, without a code: only V8's wording tells them apart. */
import { otherInput, said, type Signature } from "./fact.ts"

/** The last name of the expression that is blamed: `getFoo` of `a.getFoo`. A value, `number 3` or `undefined`, is no name. */
const blamed = (complaint: string): ReadonlyArray<RegExp> => [
  new RegExp(
    `^(?<subject>(?:.*\\.)?(?!(?:undefined|null) )(?<property>[\\p{ID_Start}$_#][\\p{ID_Continue}$]*))${complaint}`,
    "u"
  ),
  new RegExp(`^(?<subject>.+?)${complaint}`)
]

const execution = "execution_error"

export const language: ReadonlyArray<Signature> = [
  {
    kind: "bad_json",
    errorClass: execution,
    matches: said("SyntaxError", /\bJSON\b/),
    hint: "It read something that is not the JSON it expected. Look at its source of data first."
  },
  {
    kind: "bad_pattern",
    errorClass: execution,
    matches: said("SyntaxError", /^Invalid (regular expression|flags)/),
    names: [
      /^Invalid regular expression: (?<subject>.+): /,
      /^Invalid flags supplied to RegExp constructor '(?<property>.+)'/
    ],
    hint: `It made a pattern that means nothing. ${otherInput}`
  },
  {
    kind: "bad_number",
    errorClass: execution,
    matches: ({ message }) => /(Cannot convert|cannot be converted) .*to a BigInt/.test(message),
    names: [/^Cannot convert (?<subject>.+) to a BigInt/, /^The number (?<subject>\S+) cannot/],
    hint: `Its code takes something for a whole number that is none. ${otherInput}`
  },
  {
    kind: "undefined_access",
    errorClass: execution,
    matches: said("TypeError", /^Cannot read propert(y|ies) of (undefined|null)/),
    names: [/\(reading '(?<property>.*)'\)$/],
    hint: `Its code met a value that is not there. ${otherInput}`
  },
  {
    kind: "undefined_set",
    errorClass: execution,
    matches: said("TypeError", /^Cannot set propert(y|ies) of (undefined|null)/),
    names: [/\(setting '(?<property>.*)'\)$/],
    hint: `Its code met a value that is not there. ${otherInput}`
  },
  {
    kind: "undefined_destructure",
    errorClass: execution,
    matches: said("TypeError", /^Cannot destructure /),
    names: [/^Cannot destructure (?:property '(?<property>.+?)' of )?'(?<subject>.+?)' as it is/],
    hint: `Its code met a value that is not there. ${otherInput}`
  },
  {
    kind: "undefined_object",
    errorClass: execution,
    matches: said("TypeError", /^Cannot convert undefined or null to object|called on null or undefined$/),
    names: [/^(?<subject>\S+?)\.(?<property>\w+) called on null or undefined$/],
    hint: `Its code met a value that is not there. ${otherInput}`
  },
  {
    kind: "not_iterable",
    errorClass: execution,
    matches: said(
      "TypeError",
      / is not (async )?iterable|\[Symbol\.iterator\]|^Iterator value .* is not an entry object/
    ),
    names: [
      ...blamed(" is not a function or its return value is not (?:async )?iterable"),
      ...blamed(" is not (?:async )?iterable")
    ],
    hint: `Its code expects a list where there is none. ${otherInput}`
  },
  {
    kind: "class_without_new",
    errorClass: execution,
    matches: said("TypeError", /^Class constructor .* cannot be invoked without 'new'/),
    names: [/^Class constructor (?<property>\S+) cannot/],
    hint: `Its code makes something in the wrong way. ${otherInput}`
  },
  {
    kind: "not_a_constructor",
    errorClass: execution,
    matches: said("TypeError", / is not a constructor\b/),
    names: [/^Class extends value (?<subject>.+) is not a constructor/, ...blamed(" is not a constructor")],
    hint: `Its code makes something that cannot be made. ${otherInput}`
  },
  {
    kind: "not_a_function",
    errorClass: execution,
    matches: said("TypeError", / is not a function\b/),
    names: [/^Promise resolver (?<subject>.+) is not a function/, ...blamed(" is not a function")],
    hint: `Its code calls something that does not exist. ${otherInput}`
  },
  {
    kind: "const_assignment",
    errorClass: execution,
    matches: said("TypeError", /^Assignment to constant/),
    hint: `Its code writes to something that may not be changed. ${otherInput}`
  },
  {
    kind: "read_only",
    errorClass: execution,
    matches: said(
      "TypeError",
      /^Cannot (assign to read only|add property|delete property|redefine|define property|create property|set property .* which has only a getter)/
    ),
    names: [
      /property '(?<property>.+?)' (?:of|on) (?:\w+ )?'?(?<subject>.+?)'?$/,
      /^Cannot set property (?<property>.+?) of (?<subject>.+?) which has only/,
      /property:? (?<property>[^\s,']+)/
    ],
    hint: `Its code writes to something that may not be changed. ${otherInput}`
  },
  {
    kind: "circular",
    errorClass: execution,
    matches: said("TypeError", /^Converting circular structure/),
    names: [/property '(?<property>.+)' closes the circle/],
    hint: `Its result cannot be passed on. ${otherInput}`
  },
  {
    kind: "bigint_json",
    errorClass: execution,
    matches: said("TypeError", /^Do not know how to serialize/),
    hint: `Its result cannot be passed on. ${otherInput}`
  },
  {
    kind: "bigint_mix",
    errorClass: execution,
    matches: said("TypeError", /^Cannot (mix BigInt|convert a BigInt)/),
    hint: `Its code mixes two kinds of numbers. ${otherInput}`
  },
  {
    kind: "not_serialisable",
    errorClass: execution,
    matches: ({ name }) => name === "DataCloneError",
    names: [/^(?<subject>.+) could not be cloned/s],
    hint: `Its result cannot be passed on. ${otherInput}`
  },
  {
    kind: "used_too_early",
    errorClass: execution,
    matches: said("ReferenceError", /^Cannot access '.*' before initialization/),
    names: [/^Cannot access '(?<property>.+)' before/],
    hint: `Its code uses a name before it has a value. ${otherInput}`
  },
  {
    kind: "missing_super",
    errorClass: execution,
    matches: said("ReferenceError", /^Must call super constructor/),
    hint: `Its code makes something in the wrong way. ${otherInput}`
  },
  {
    kind: "not_defined",
    errorClass: execution,
    matches: ({ name }) => name === "ReferenceError",
    names: [/^(?<property>\S+) is not defined$/],
    hint: `Its code uses a name that does not exist. ${otherInput}`
  },
  {
    kind: "endless_recursion",
    errorClass: execution,
    matches: said("RangeError", /^Maximum call stack/),
    hint: "Its code calls itself without end. Smaller or flatter input may help; otherwise use another tool."
  },
  {
    kind: "bad_length",
    errorClass: execution,
    matches: said("RangeError", /^Invalid ((typed |string |)array|array buffer|string) length|^Invalid count value/),
    names: [/: (?<subject>\S+)$/],
    hint: `Its code calculated an impossible length. ${otherInput}`
  },
  {
    kind: "bad_time",
    errorClass: execution,
    matches: said("RangeError", /^Invalid (time value|date)/i),
    hint: `Its code calculated an impossible time. ${otherInput}`
  },
  {
    kind: "out_of_range",
    errorClass: execution,
    matches: ({ name }) => name === "RangeError",
    hint: `Its code calculated an impossible size or time. ${otherInput}`
  },
  {
    kind: "bad_uri",
    errorClass: execution,
    matches: ({ name }) => name === "URIError",
    hint: `It read an address with a wrong escape in it. ${otherInput}`
  },
  {
    kind: "empty_reduce",
    errorClass: execution,
    matches: said("TypeError", /^Reduce of empty array/),
    hint: `Its code expects at least one item. ${otherInput}`
  },
  {
    kind: "wrong_type",
    errorClass: execution,
    matches: ({ name }) => name === "TypeError",
    names: [
      /^Cannot use 'in' operator to search for '(?<property>.*?)' in (?<subject>.+)$/s,
      /^Cannot (?:read|write) private member (?<property>\S+) /
    ],
    hint: `Its code met a value of another kind than it expects. ${otherInput}`
  }
]
