/** Makers' and hosts' platforms for one part of the world, with accounts of their own. */
import type { Provider } from "../provider.ts"
import { chat, glm, kimi3, messages, thinkingReturns } from "./entry.ts"

export const regional: ReadonlyArray<Provider> = [
  chat(
    "alibaba-cn",
    "Alibaba Cloud (China)",
    "https://dashscope.aliyuncs.com/compatible-mode/v1",
    ["DASHSCOPE_API_KEY"],
    {
      quirks: { effort: "enable_thinking" }
    }
  ),
  chat(
    "alibaba-us",
    "Alibaba Cloud (US)",
    "https://dashscope-us.aliyuncs.com/compatible-mode/v1",
    ["ALIBABA_US_API_KEY"],
    {
      quirks: { effort: "enable_thinking" }
    }
  ),
  chat("moonshotai-cn", "Moonshot AI (China)", "https://api.moonshot.cn/v1", ["MOONSHOT_API_KEY"], {
    quirks: { thinkingBack: "reasoning_content", effort: "thinking.type" },
    routes: [kimi3]
  }),
  // pi-ai alone gives the Chinese platform a key's name of its own; the keys do differ.
  messages("minimax-cn", "MiniMax (China)", "https://api.minimaxi.com/anthropic", [
    "MINIMAX_CN_API_KEY",
    "MINIMAX_API_KEY"
  ]),
  chat("zhipuai", "Zhipu AI (China)", "https://open.bigmodel.cn/api/paas/v4", ["ZHIPU_API_KEY"], {
    quirks: glm
  }),
  chat("stepfun-cn", "StepFun (China)", "https://api.stepfun.com/v1", ["STEPFUN_API_KEY"]),
  chat("siliconflow-cn", "SiliconFlow (China)", "https://api.siliconflow.cn/v1", ["SILICONFLOW_CN_API_KEY"]),
  chat("volcengine", "Volcengine Ark (China)", "https://ark.cn-beijing.volces.com/api/v3", ["VOLCENGINE_API_KEY"]),
  chat("byteplus", "BytePlus ModelArk", "https://ark.ap-southeast.bytepluses.com/api/v3", ["ARK_API_KEY"]),
  chat("qianfan", "Baidu Qianfan (China)", "https://qianfan.baidubce.com/v2", ["QIANFAN_API_KEY"]),
  chat("tencent-tokenhub", "Tencent TokenHub (China)", "https://tokenhub.tencentmaas.com/v1", [
    "TENCENT_TOKENHUB_API_KEY"
  ]),
  chat("qiniu", "Qiniu (China)", "https://api.qnaigc.com/v1", ["QINIU_API_KEY", "QINIUCLOUD_API_KEY"]),
  chat("modelscope", "ModelScope (China)", "https://api-inference.modelscope.cn/v1", ["MODELSCOPE_API_KEY"]),
  chat("moark", "Moark (China)", "https://moark.com/v1", ["MOARK_API_KEY"]),
  // The source gives the whole path of the one request; what is left is its base.
  chat("bailing", "Bailing (China)", "https://api.tbox.cn/api/llm/v1", ["BAILING_API_TOKEN"]),
  chat("drun", "D.Run (China)", "https://chat.d.run/v1", ["DRUN_API_KEY"]),
  chat("iflow", "iFlow (China)", "https://apis.iflow.cn/v1", ["IFLOW_API_KEY"], { routes: thinkingReturns }),
  chat("jiekou", "Jiekou.AI (China)", "https://api.jiekou.ai/openai", ["JIEKOU_API_KEY"]),
  chat("qihang-ai", "QiHang (China)", "https://api.qhaigc.net/v1", ["QIHANG_API_KEY"]),
  // SCW_SECRET_KEY opens a whole account there: catwalk and LiteLLM read it, models.dev has a name for this alone.
  chat("scaleway", "Scaleway (Europe)", "https://api.scaleway.ai/v1", ["SCALEWAY_API_KEY", "SCW_SECRET_KEY"], {
    sharedEnv: ["SCW_SECRET_KEY"]
  }),
  chat("ovhcloud", "OVHcloud AI Endpoints (Europe)", "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1", [
    "OVHCLOUD_API_KEY"
  ]),
  chat("cloudferro-sherlock", "CloudFerro Sherlock (Europe)", "https://api-sherlock.cloudferro.com/openai/v1", [
    "CLOUDFERRO_SHERLOCK_API_KEY"
  ]),
  chat("evroc", "evroc (Europe)", "https://models.think.evroc.com/v1", ["EVROC_API_KEY"]),
  chat("stackit", "STACKIT (Europe)", "https://api.openai-compat.model-serving.eu01.onstackit.cloud/v1", [
    "STACKIT_API_KEY"
  ]),
  chat("regolo-ai", "Regolo AI (Europe)", "https://api.regolo.ai/v1", ["REGOLO_API_KEY"]),
  chat("berget", "Berget AI (Europe)", "https://api.berget.ai/v1", ["BERGET_API_KEY"]),
  chat("privatemode-ai", "Privatemode AI (Europe)", "http://127.0.0.1:8080/v1", ["PRIVATEMODE_API_KEY"], {
    baseUrlEnv: ["PRIVATEMODE_ENDPOINT"],
    note: "through its proxy on this machine"
  })
]
