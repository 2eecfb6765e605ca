/** What a failure is. (first form) */
export const diagnose = (error: unknown): { readonly errorClass: "execution_error"; readonly message: string; readonly hint?: string } => ({
  errorClass: "execution_error",
  message: error instanceof Error ? error.message : String(error)
})
