/** Misbehaves: it cannot even be loaded. */
throw new Error("broken at load")

export default { name: "throws-at-load" }
