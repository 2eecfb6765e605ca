/** What the keys of the configuration may hold. */

/** A valid value of every key, none of them the default, and the same as text. */
export const samples: Readonly<Record<string, readonly [unknown, string]>> = {
  "llm.model": ["openai/gpt-5", "openai/gpt-5"],
  "llm.fallback": [["openai/a", "ollama/b:7b"], "openai/a, ollama/b:7b"],
  "llm.base_url": ["http://localhost:1", "http://localhost:1"],
  "llm.api_key": ["sk-1", "sk-1"],
  "llm.timeout": [1.5, "1.5"],
  "llm.idle_timeout": [7, "7"],
  "llm.max_retries": [0, "0"],
  "llm.temperature": [0.2, "0.2"],
  "llm.max_tokens": [1000, "1_000"],
  "llm.reasoning": ["high", "high"],
  "llm.fallback_on.rate_limit": [["openai/a"], "openai/a"],
  "llm.fallback_on.overload": [["openai/b", "ollama/c:7b"], "openai/b, ollama/c:7b"],
  "llm.fallback_on.context_overflow": [["openai/d"], "[openai/d]"],
  "llm.fallback_on.refusal": [["openai/e"], "openai/e"],
  "llm.max_cost": [0.5, "0.5"],
  "llm.max_tokens_total": [1_000_000, "1_000_000"],
  "llm.models": [
    { "ollama/a:7b": { context_window: 32_768, price: { input: 0.5, output: 1 }, tools: false } },
    "{ollama/a:7b: {context_window: 32768, price: {input: 0.5, output: 1}, tools: false}}"
  ],
  "llm.providers": [
    {
      office: {
        base_url: "https://llm.example/v1",
        dialect: "anthropic",
        env: ["OFFICE_KEY"],
        headers: { A: "b" },
        quirks: { key_header: "api-key" }
      }
    },
    "{office: {base_url: 'https://llm.example/v1', dialect: anthropic, env: [OFFICE_KEY], headers: {A: b}, quirks: {key_header: api-key}}}"
  ],
  "react.enabled": [false, "0"],
  "react.max_turns": [3, "3"],
  "react.protocol": ["text", "text"],
  "tools.enabled": [["read_file"], "read_file"],
  "tools.disabled": [["a", "b"], "[a, b]"],
  "tools.timeout": [9, "9"],
  "tools.allow_bash": [false, "FALSE"],
  "tools.allow_file_write": [false, "false"],
  "tools.allowed_paths": [["/a", "/b"], "/a,/b"],
  "tools.blocked_paths": [["/c"], "/c"],
  "tools.output_limit": [10, "1e1"],
  "plugins.enabled": [["words"], "words"],
  "plugins.disabled": [["words"], "words"],
  "plugins.hook_timeout": [1, "1"],
  "plugins.isolation": ["worker", "worker"],
  "healing.enabled": [false, "false"],
  "healing.strategies": [["wrap", "stub"], "wrap,stub"],
  "healing.install": ["never", "never"],
  "healing.rewrite": ["ask", "ask"],
  "healing.use_model": [false, "false"],
  "healing.budget": [5, "5"],
  "healing.tool_restarts.max": [1, "1"],
  "healing.tool_restarts.seconds": [1, "1"],
  "healing.plugin_restarts.max": [1, "1"],
  "healing.plugin_restarts.seconds": [1, "1"],
  "permissions.mode": ["auto", "auto"],
  "permissions.allow": [
    ["execute_bash(git log, git status)", "read_file"],
    "execute_bash(git log, git status), read_file"
  ],
  "permissions.ask": [["web_search"], "web_search"],
  "permissions.deny": [["mcp_git_*"], "mcp_git_*"],
  "channels.websocket.host": ["0.0.0.0", "0.0.0.0"],
  "channels.websocket.port": [0, "0"],
  "channels.websocket.api_keys": [["key-0123456789ab", "key-ba9876543210"], "key-0123456789ab,key-ba9876543210"],
  "channels.websocket.require_auth": [false, "false"],
  "channels.websocket.allowed_origins": [["http://a"], "http://a"],
  "channels.websocket.proxies": [["192.0.2.1", "::1"], "192.0.2.1,::1"],
  "channels.websocket.max_connections": [1, "1"],
  "channels.websocket.max_connections_per_address": [1, "1"],
  "channels.websocket.grace": [0, "0"],
  "channels.mcp.host": ["0.0.0.0", "0.0.0.0"],
  "channels.mcp.port": [0, "0"],
  "channels.mcp.api_keys": [["key-0123456789ab", "key-ba9876543210"], "key-0123456789ab,key-ba9876543210"],
  "channels.mcp.require_auth": [false, "false"],
  "channels.mcp.allowed_origins": [["http://a"], "http://a"],
  "channels.mcp.proxies": [["192.0.2.1", "::1"], "192.0.2.1,::1"],
  "channels.mcp.grace": [0, "0"],
  "channels.a2a.host": ["::1", "::1"],
  "channels.a2a.port": [1, "1"],
  "channels.a2a.token": ["t", "t"],
  "channels.a2a.api_keys": [["key-0123456789ab", "key-ba9876543210"], "key-0123456789ab,key-ba9876543210"],
  "channels.a2a.require_auth": [false, "false"],
  "channels.a2a.allowed_origins": [["http://a"], "http://a"],
  "channels.a2a.proxies": [["192.0.2.1", "::1"], "192.0.2.1,::1"],
  "channels.a2a.url": ["http://a", "http://a"],
  "channels.a2a.private_push": [true, "true"],
  "channels.a2a.grace": [0, "0"],
  "channels.a2a.peers": [[{ name: "a", url: "http://a", token: "t" }], '[{"name":"a","url":"http://a","token":"t"}]'],
  "mcp.servers": [
    { git: { command: "git-mcp", args: ["-v"], env: { A: "b" } }, web: { url: "https://a/mcp", headers: { B: "c" } } },
    "{git: {command: git-mcp, args: [-v], env: {A: b}}, web: {url: 'https://a/mcp', headers: {B: c}}}"
  ],
  "mcp.search_above": [0, "0"],
  "context.max_characters": [1000, "1000"],
  "skills.paths": [["/s"], "/s"],
  "heartbeat.enabled": [false, "false"],
  "heartbeat.interval": [1, "1"],
  "heartbeat.timeout": [1, "1"],
  "ui.theme": ["light", "light"],
  "ui.show_thinking": [true, "TRUE"],
  "ui.show_tool_calls": [false, "false"]
}

/** One key as YAML. */
export const yamlOf = (key: string, value: unknown): string =>
  JSON.stringify(key.split(".").reduceRight<unknown>((inner, part) => ({ [part]: inner }), value))
