/** `connect` for programs that embed Kintsugi: what it needs is loaded when it is called. */
import type { ConnectOptions, RemoteHost } from "./connect/connect.ts"

/**
 * Connects to a server (`kintsugi channel websocket`), and connects again whenever that is lost.
 *
 * @param address `ws://HOST:PORT/ws`, the address of the web console, or `HOST:PORT`.
 * @throws (as a rejection) AddressError; RemoteError when the server cannot be reached, or does not take the key.
 */
export const connect = async (address: string, options: ConnectOptions = {}): Promise<RemoteHost> =>
  (await import("./connect/connect.ts")).connect(address, options)
