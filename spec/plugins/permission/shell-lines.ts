/** Ways to hide a command in a line beside an innocent one. Bash runs it in each. */
import fc from "fast-check"

type Form = (hidden: string, innocent: string) => string

/** A text as one word in single quotes. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const forms: ReadonlyArray<Form> = [
  (hidden, innocent) => `${innocent}; ${hidden}`,
  (hidden, innocent) => `${hidden}; ${innocent}`,
  (hidden, innocent) => `${innocent} && ${hidden}`,
  (hidden, innocent) => `${innocent} & ${hidden}`,
  (hidden, innocent) => `! ${innocent} || ${hidden}`,
  (hidden, innocent) => `${innocent} | { ${hidden}\n}`,
  (hidden, innocent) => `${innocent} |& { ${hidden}\n}`,
  (hidden, innocent) => `${innocent}\n${hidden}`,
  (hidden, innocent) => `${innocent} # it's fine\n${hidden}`,
  (hidden, innocent) => `${innocent} "$(${hidden}\n)"`,
  (hidden, innocent) => `${innocent} $(${innocent}; ${hidden}\n)`,
  (hidden, innocent) => `${innocent} <(${hidden}\n)`,
  (hidden, innocent) => `${innocent} \${nothing:-$(${hidden}\n)}`,
  (hidden, innocent) => `${innocent} $((1 + $(${hidden}\n)))`,
  (hidden, innocent) => `[[ -n $(${hidden}\n) ]]; ${innocent}`,
  (hidden, innocent) => `cat <<END\n$(${hidden}\n)\nEND\n${innocent}`,
  (hidden, innocent) => `cat <<< "$(${hidden}\n)" | ${innocent}`,
  (hidden, innocent) => `${innocent}; ( ${hidden}\n)`,
  (hidden, innocent) => `{ ${innocent}; ${hidden}\n}`,
  (hidden, innocent) => `if ${innocent}; then :; fi; if :; then ${hidden}\nfi`,
  (hidden, innocent) => `for one in 1 2; do ${innocent}; ${hidden}\ndone`,
  (hidden, innocent) => `until ${hidden}\ndo ${innocent}; break; done`,
  (hidden, innocent) => `case x in x) ${hidden}\n;; esac; ${innocent}`,
  (hidden, innocent) => `act() { ${hidden}\n}; ${innocent}; act`,
  (hidden, innocent) => `${innocent}; time ${hidden}`,
  (hidden, innocent) => `${innocent}; eval ${quoted(hidden)}`,
  (hidden, innocent) => `${innocent}; bash -c ${quoted(hidden)}`,
  (hidden, innocent) => `${innocent}; trap ${quoted(hidden)} EXIT`,
  (hidden, innocent) => `${innocent}; bash <<< ${quoted(hidden)}`,
  (hidden, innocent) => `${innocent}; timeout 9 bash -ec ${quoted(hidden)}`,
  (hidden, innocent) => `${innocent}; env -u NOTHING bash -c ${quoted(hidden)}`,
  (hidden, innocent) => `${innocent}; find . -maxdepth 0 -exec bash -c ${quoted(hidden)} \\;`,
  (hidden, innocent) => `echo x | xargs -n1 bash -c ${quoted(hidden)}; ${innocent}`,
  (hidden, innocent) => `${innocent} \\\n; ${hidden}`
]

/** How a command's name may be written without being another. */
export const disguises = (name: string): ReadonlyArray<string> => [
  name,
  `\\${name}`,
  `${name[0]}''${name.slice(1)}`,
  `"${name}"`,
  `$'\\x${name.charCodeAt(0).toString(16)}'${name.slice(1)}`,
  `${name[0]}\\\n${name.slice(1)}`,
  `command ${name}`,
  `command -p ${name}`,
  `exec ${name}`,
  `env ${name}`,
  `env NOTHING=1 ${name}`,
  `nice -n 1 ${name}`,
  `nohup ${name}`,
  `timeout -s KILL 9 ${name}`,
  `NOTHING=1 ${name}`,
  `>/dev/null ${name}`
]

/** Lines that run `hidden` somewhere, to a depth of four forms. */
export const linesAround = (hidden: fc.Arbitrary<string>, innocent: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(hidden, fc.array(fc.tuple(fc.constantFrom(...forms), innocent), { minLength: 1, maxLength: 4, size: "max" }))
    .map(([line, layers]) => layers.reduce((inner, [form, beside]) => form(inner, beside), line))
