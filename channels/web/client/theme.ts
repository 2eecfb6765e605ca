/** Light, dark, or as the system has it. */

export const themes = ["auto", "light", "dark"] as const

export type Theme = (typeof themes)[number]

export const isTheme = (text: string | null): text is Theme => themes.some((theme) => theme === text)

export const nextTheme = (theme: Theme): Theme => themes[(themes.indexOf(theme) + 1) % themes.length] ?? "auto"
