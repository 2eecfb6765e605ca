/** Subscriptions for coding agents: the same makers and hosts at other addresses, often with keys of their own. */
import type { Provider } from "../provider.ts"
import { chat, glm, messages, thinkingReturns } from "./entry.ts"

export const plans: ReadonlyArray<Provider> = [
  // pi-ai speaks Chat Completions under /v1 here, models.dev and catwalk Messages, as Kimi's own guide does.
  messages(
    "kimi-for-coding",
    "Kimi for Coding",
    "https://api.kimi.com/coding",
    ["KIMI_API_KEY", "KIMI_CODING_API_KEY"],
    {
      defaultModel: "kimi-for-coding"
    }
  ),
  chat("zai-coding-plan", "Z.AI coding plan", "https://api.z.ai/api/coding/paas/v4", ["ZAI_API_KEY", "ZHIPU_API_KEY"], {
    sharedEnv: ["ZHIPU_API_KEY"],
    quirks: glm
  }),
  messages("zai-anthropic", "Z.AI, Anthropic-compatible", "https://api.z.ai/api/anthropic", ["ZAI_API_KEY"], {
    note: "the coding plan, as Claude Code uses it"
  }),
  chat(
    "zhipuai-coding-plan",
    "Zhipu AI coding plan (China)",
    "https://open.bigmodel.cn/api/coding/paas/v4",
    ["ZHIPU_API_KEY", "ZAI_CODING_CN_API_KEY"],
    { quirks: glm }
  ),
  chat(
    "alibaba-coding-plan",
    "Alibaba coding plan",
    "https://coding-intl.dashscope.aliyuncs.com/v1",
    ["ALIBABA_CODING_PLAN_API_KEY"],
    { quirks: { effort: "enable_thinking" } }
  ),
  chat(
    "alibaba-coding-plan-cn",
    "Alibaba coding plan (China)",
    "https://coding.dashscope.aliyuncs.com/v1",
    ["ALIBABA_CODING_PLAN_API_KEY"],
    { quirks: { effort: "enable_thinking" } }
  ),
  // pi-ai's "qwen-token-plan" is this address under another name of the key; its "individual" edition too.
  chat(
    "alibaba-token-plan",
    "Alibaba token plan",
    "https://token-plan.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1",
    ["ALIBABA_TOKEN_PLAN_API_KEY", "BAILIAN_TOKEN_PLAN_API_KEY", "QWEN_TOKEN_PLAN_API_KEY"],
    { quirks: { effort: "enable_thinking" } }
  ),
  chat(
    "alibaba-token-plan-cn",
    "Alibaba token plan (China)",
    "https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1",
    ["ALIBABA_TOKEN_PLAN_API_KEY", "QWEN_TOKEN_PLAN_CN_API_KEY"],
    { quirks: { effort: "enable_thinking" } }
  ),
  ...(["ams", "cn", "sgp"] as const).map((region) =>
    chat(
      `xiaomi-token-plan-${region}`,
      `Xiaomi token plan (${{ ams: "Europe", cn: "China", sgp: "Singapore" }[region]})`,
      `https://token-plan-${region}.xiaomimimo.com/v1`,
      // models.dev names the maker's own key; pi-ai keeps them apart, and so does the plan's page.
      [`XIAOMI_TOKEN_PLAN_${region.toUpperCase()}_API_KEY`, "XIAOMI_API_KEY"],
      { quirks: { effort: "thinking.type", thinkingBack: "reasoning_content" } }
    )
  ),
  chat("minimax-code", "MiniMax coding plan", "https://api.minimax.io/v1", ["MINIMAX_CODE_API_KEY"]),
  chat("minimax-code-cn", "MiniMax coding plan (China)", "https://api.minimaxi.com/v1", ["MINIMAX_CODE_CN_API_KEY"]),
  chat("stepfun-plan", "StepFun step plan", "https://api.stepfun.ai/step_plan/v1", ["STEPFUN_API_KEY"]),
  chat("tencent-coding-plan", "Tencent coding plan (China)", "https://api.lkeap.cloud.tencent.com/coding/v3", [
    "TENCENT_CODING_PLAN_API_KEY"
  ]),
  chat("kuae-coding-plan", "KUAE Cloud coding plan", "https://coding-plan-endpoint.kuaecloud.net/v1", ["KUAE_API_KEY"]),
  chat("opencode-go", "OpenCode Go", "https://opencode.ai/zen/go/v1", ["OPENCODE_API_KEY"], {
    routes: thinkingReturns
  }),
  chat("firepass", "Fireworks Fire Pass", "https://api.fireworks.ai/inference/v1", ["FIREPASS_API_KEY"], {
    routes: thinkingReturns
  }),
  chat("wafer", "Wafer Pass", "https://pass.wafer.ai/v1", ["WAFER_API_KEY", "WAFER_SERVERLESS_API_KEY"]),
  chat("umans-ai", "Umans AI", "https://api.code.umans.ai/v1", ["UMANS_AI_API_KEY", "UMANS_AI_CODING_PLAN_API_KEY"], {
    routes: thinkingReturns
  }),
  chat("cline", "Cline", "https://api.cline.bot/api/v1", ["CLINE_API_KEY"]),
  chat("commandcode", "Command Code", "https://api.commandcode.ai/provider/v1", [
    "COMMAND_CODE_API_KEY",
    "COMMANDCODE_API_KEY"
  ]),
  chat("yolo-auto", "Yolo-Auto", "https://yolo-auto.com/v1", ["YOLO_AUTO_API_KEY"], {
    quirks: { maxTokensField: "max_completion_tokens" }
  })
]
