/** Encodings by other names than Node has for them. */
import { distance } from "fastest-levenshtein"
import { namedTypes, type NodePath, nodesIn } from "../syntax.ts"
import type { Template } from "../template.ts"
import { expressionOf, statementAround } from "./edit.ts"
import { swap } from "./kit.ts"
import { isInnermost } from "./reading.ts"

/** By lower-case letters and digits alone: other names of the same thing. */
const names: Readonly<Record<string, string>> = {
  ...fromWords("utf8", "utf8 utf8mb4 utf8mb3 utf8bom unicode11utf8 cp65001"),
  ...fromWords("utf16le", "utf16 utf16le ucs2 ucs2le unicode"),
  ...fromWords("latin1", "latin1 iso88591 iso8859 isolatin1 l1 ibm819 cp819"),
  ...fromWords("ascii", "ascii usascii"),
  ...fromWords("base64", "base64 b64 mime64"),
  ...fromWords("base64url", "base64url urlsafebase64 base64urlsafe"),
  ...fromWords("hex", "hex hexadecimal base16")
}

function fromWords(name: string, words: string): Readonly<Record<string, string>> {
  return Object.fromEntries(words.split(" ").map((word) => [word, name]))
}

export const encoding: Template = {
  name: "encoding",
  tier: "B",
  treats: ({ code, said }) =>
    /^ERR_(UNKNOWN_ENCODING|ENCODING_NOT_SUPPORTED)$/.test(code ?? "") || / is invalid encoding\./.test(said),
  *propose(site) {
    const name = /^Unknown encoding: (.+)$|Received '(.+)'|^The "(.*)" encoding/
      .exec(site.failure.said)
      ?.slice(1)
      .find((one) => one !== undefined)
    const statement = statementAround(site.at)
    if (name === undefined || statement === undefined || !isInnermost(site)) return
    const literals = nodesIn(statement).filter(
      ({ node }) => namedTypes.StringLiteral.check(node) && node.value === name
    )
    const [literal] = literals
    const key = name.toLowerCase().replace(/[^a-z0-9]/g, "")
    // A decoder that is told nothing decodes UTF-8.
    const known = name === "" ? "utf8" : Object.hasOwn(names, key) ? names[key] : undefined
    const meant = known ?? nearest(key)
    if (literal === undefined || literals.length > 1 || meant === undefined) return
    const right = isDecoder(literal) ? meant.replace(/^utf(8|16le)$/, "utf-$1") : meant
    if (isDecoder(literal) && /^(hex|base64)/.test(meant)) return
    yield {
      what: `calls the encoding "${name}" by Node's name, "${right}"`,
      tier: known === undefined ? "B" : "A",
      apply: () => swap(literal, expressionOf(JSON.stringify(right)))
    }
  }
}

const isDecoder = ({ parent }: NodePath): boolean => namedTypes.NewExpression.check(parent?.node)

/** One letter off, and only one name is. */
const nearest = (key: string): string | undefined => {
  const found = new Set(
    Object.keys(names)
      .filter((one) => distance(one, key) === 1)
      .map((one) => names[one])
  )
  return found.size === 1 ? [...found][0] : undefined
}
