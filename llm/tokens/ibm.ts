/** To be written. */
export const ibmToken =
  (..._: ReadonlyArray<string>) =>
  async (): Promise<string> =>
    Promise.reject(new Error("being written"))
