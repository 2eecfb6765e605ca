/**
 * What a command sees of our environment: everything it needs to work as in the user's own terminal, no credentials,
 * and nothing that makes a program wait for a person.
 */

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Names that stay at home. A command is written by a model, its output is read by a model and kept in the journal: a key
 * that it can print is a key that is lost. Programs that keep their credentials in files or agents (git, ssh, npm, gh,
 * aws) work as ever; who needs a variable after all passes it by name.
 */
const secretNames: ReadonlyArray<{ readonly name: RegExp; readonly why: string }> = [
  { name: /API_?KEY/, why: "keys of models and services: OPENAI_API_KEY, WATSONX_AI_APIKEY" },
  {
    name: /TOKENS?$|_TOKEN_/,
    why: "bearer tokens: HF_TOKEN, GITHUB_TOKEN, AWS_BEARER_TOKEN_BEDROCK; not TOKENIZERS_PARALLELISM"
  },
  {
    name: /SECRET|PASSW(OR)?D|_PWD$|PASSPHRASE|CREDENTIAL/,
    why: "what says of itself that it is secret: PGPASSWORD, MYSQL_PWD"
  },
  {
    name: /(^|_)(ACCESS|PRIVATE|SERVICE|ACCOUNT|AUTH|SIGNING|ENCRYPTION|MASTER)_?KEY/,
    why: "keys named by their use: AWS_ACCESS_KEY_ID"
  },
  { name: /_KEYS?$/, why: "other keys: ABLIT_KEY, SSH_KEY" },
  { name: /(^|_)PAT$/, why: "personal access tokens: CLARIFAI_PAT; not PATH" },
  { name: /(^|_)(_AUTH|OAUTH|JWT|COOKIE)$/, why: "logins: NPM_CONFIG__AUTH; not SSH_AUTH_SOCK, which git needs" },
  { name: /^(LLMTR|STACKIT)$/, why: "providers whose key has the provider's bare name" }
]

/** Values that are keys whatever their name is: the prefixes that providers give them so that leaks can be found. */
const secretValue =
  /^(sk-|sk_live_|rk_live_|gsk_|xai-|hf_|r8_|pplx-|nvapi-|AIza|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abprs]-|AKIA|ASIA|npm_)[\w-]{12,}/

/** Names about the terminal that we are in and the command is not: with them, programs colour what nobody sees coloured. */
const terminalNames = /^(FORCE_COLOR|CLICOLOR_FORCE|COLORTERM|LS_COLORS|TERM_PROGRAM.*)$/

/**
 * Set for every command. Not set: CI. It would be quiet, too, but package managers then refuse to change their lockfile
 * and test runners to write a new snapshot, and both are the work of a coding agent.
 */
const quiet: Environment = {
  // Nobody sees colours and cursor movements; both variables, because some programs only know one.
  TERM: "dumb",
  NO_COLOR: "1",
  // A pager would wait for a key. git and man look at their own variables first.
  PAGER: "cat",
  GIT_PAGER: "cat",
  MANPAGER: "cat",
  // An editor would wait for a person: `true` takes the proposed message as it stands.
  EDITOR: "true",
  VISUAL: "true",
  GIT_EDITOR: "true",
  GIT_SEQUENCE_EDITOR: "true",
  // A question for a password would wait as well; now it is an error that can be read.
  GIT_TERMINAL_PROMPT: "0",
  SSH_ASKPASS_REQUIRE: "never",
  DEBIAN_FRONTEND: "noninteractive",
  PIP_NO_INPUT: "1",
  // Python would keep its output to itself until it ends; a background job should be seen working.
  PYTHONUNBUFFERED: "1"
}

export const isSecret = (name: string, value: string): boolean => {
  const upper = name.toUpperCase()
  return secretNames.some((one) => one.name.test(upper)) || secretValue.test(value)
}

/** @param pass Names that are passed although they look like credentials: the user has said so. */
export const commandEnvironment = (ours: Environment, pass: ReadonlyArray<string> = []): NodeJS.ProcessEnv => {
  const kept = Object.entries(ours).filter(
    ([name, value]) =>
      value !== undefined && (pass.includes(name) || !(terminalNames.test(name) || isSecret(name, value)))
  )
  return { ...Object.fromEntries(kept), ...quiet }
}
