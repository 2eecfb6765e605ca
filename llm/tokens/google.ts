/** To be written. */
export const googleToken =
  (..._: ReadonlyArray<string>) =>
  async (): Promise<string> =>
    Promise.reject(new Error("being written"))
