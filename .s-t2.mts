import picomatch from "picomatch"
const time = (n: string, f: () => unknown) => { const t = performance.now(); let r; try { r = f() } catch (e) { r = "THROWN " + (e as Error).message } const d = performance.now() - t; console.log(d > 100 ? "SLOW" : "ok", n, Math.round(d), String(r).slice(0,80)) }
const name = "a".repeat(60) + "/" + "a/".repeat(30) + "b.ts"
for (const [n,p] of Object.entries({stars:"*a".repeat(12)+"c", stars30:"*a".repeat(30)+"c", glob:"**/a/".repeat(12)+"c", glob30:"**/".repeat(30)+"c", plus:"+(a|aa)".repeat(3)+"c", plusn:"+(+(a))c", plus2: "+(a|a)+(a|a)b", brace:"{a,b}".repeat(18), range:"{1..99999999}", q: "?".repeat(500)+"c", stars3: "*?*?*?*?*?*?*?*?*c", mix: "**/*a*a*a*a*a*a*/**/*a*a*a*c" })) time(n, () => picomatch.isMatch(name, p))
import { bodyParts } from "/work/main/skills/body.ts"
