import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type Fetch, timedFetch } from "../../llm/timed-fetch.ts"

const timeouts = { connect: 100, idle: 1_000, total: 10_000 }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A server in this process: its headers and each piece of its body come when the spec says so. */
const server = () => {
  let respond: (response: Response) => void = () => undefined
  let out: ReadableStreamDefaultController<Uint8Array> | undefined
  let signal: AbortSignal | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      out = controller
    }
  })
  const fetch: Fetch = (_, init) => {
    signal = init?.signal ?? undefined
    return new Promise((resolve, reject) => {
      respond = resolve
      signal?.addEventListener("abort", () => {
        reject(signal?.reason)
        out?.error(signal?.reason)
      })
    })
  }
  return {
    fetch,
    isAborted: () => signal?.aborted === true,
    headers: () => respond(new Response(body, { status: 203, headers: { "x-a": "b" } })),
    say: (text: string) => out?.enqueue(new TextEncoder().encode(text)),
    end: () => out?.close()
  }
}

/** The message of a rejection. */
const failure = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => String(error).replace(/^\w+: /, "")
  )

const url = "http://provider.example"

describe("the connect clock", () => {
  it("runs until the headers come", async () => {
    const far = server()
    const timed = timedFetch(timeouts, {}, far.fetch)
    const failed = failure(timed.fetch(url))
    await vi.advanceTimersByTimeAsync(100)
    expect(await failed).toBe("connect timeout")
    expect(timed.expired()).toBe("connect")
    expect(far.isAborted()).toBe(true)
  })

  it("stops with the headers, which pass through", async () => {
    const far = server()
    const timed = timedFetch(timeouts, {}, far.fetch)
    const asked = timed.fetch(url)
    await vi.advanceTimersByTimeAsync(99)
    far.headers()
    const response = await asked
    await vi.advanceTimersByTimeAsync(5_000)
    expect([response.status, response.headers.get("x-a"), timed.expired()]).toEqual([203, "b", undefined])
    timed.close()
  })
})

describe("the idle clock", () => {
  const open = async (listener = {}) => {
    const far = server()
    const timed = timedFetch(timeouts, listener, far.fetch)
    const asked = timed.fetch(url)
    far.headers()
    const reader = (await asked).body?.getReader()
    if (reader === undefined) throw new Error("no body")
    return { far, timed, reader }
  }

  it("starts again with every piece, whatever is in it", async () => {
    const { far, timed, reader } = await open()
    for (let piece = 0; piece < 8; piece++) {
      const read = reader.read()
      await vi.advanceTimersByTimeAsync(999)
      far.say(": still here\n\n")
      expect((await read).done).toBe(false)
    }
    expect(timed.expired()).toBeUndefined()
    const failed = failure(reader.read())
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await failed).toBe("idle timeout")
    expect([timed.expired(), far.isAborted()]).toEqual(["idle", true])
  })

  it("stands still while nobody reads", async () => {
    const { far, timed, reader } = await open()
    far.say("one")
    await reader.read()
    await vi.advanceTimersByTimeAsync(8_000)
    expect(timed.expired()).toBeUndefined()
    timed.close()
  })

  it("yields to the total clock when pieces never cease", async () => {
    const { far, timed, reader } = await open()
    const failures: Array<string | undefined> = []
    for (let piece = 0; piece < 20; piece++) {
      const read = failure(reader.read())
      await vi.advanceTimersByTimeAsync(500)
      if (!far.isAborted()) far.say("x")
      failures.push(await read)
    }
    expect(failures.filter((told) => told !== undefined)).toEqual(["total timeout"])
    expect(timed.expired()).toBe("total")
  })

  it("tells a listener of all bytes, and lets them pass unchanged", async () => {
    const heard: Array<string> = []
    const { far, timed, reader } = await open({
      onBytes: (bytes: Uint8Array) => heard.push(Buffer.from(bytes).toString())
    })
    far.say("one")
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("one")
    far.say("two")
    far.end()
    await reader.read()
    expect((await reader.read()).done).toBe(true)
    expect(heard).toEqual(["one", "two"])
    expect(vi.getTimerCount()).toBe(0)
    timed.close()
  })
})

describe("letting go", () => {
  const whole = async () => {
    const far = server()
    const timed = timedFetch(timeouts, {}, far.fetch)
    const asked = timed.fetch(url)
    far.headers()
    return { far, timed, body: (await asked).body }
  }

  it("aborts at once when closed, and leaves no clock running", async () => {
    const { far, timed } = await whole()
    timed.close()
    expect([far.isAborted(), timed.expired(), vi.getTimerCount()]).toEqual([true, undefined, 0])
  })

  it("leaves the last bytes a second when it lingers, so that the connection can be used again", async () => {
    const { far, timed, body } = await whole()
    await body?.cancel()
    timed.linger()
    await vi.advanceTimersByTimeAsync(500)
    far.end()
    await vi.advanceTimersByTimeAsync(0)
    expect([far.isAborted(), vi.getTimerCount()]).toEqual([false, 0])
  })

  it("aborts after that second", async () => {
    const { far, timed, body } = await whole()
    await body?.cancel()
    timed.linger()
    await vi.advanceTimersByTimeAsync(1_000)
    expect([far.isAborted(), vi.getTimerCount()]).toEqual([true, 0])
  })

  it("follows the caller's own signal", async () => {
    const far = server()
    const caller = new AbortController()
    const timed = timedFetch(timeouts, {}, far.fetch)
    const failed = failure(timed.fetch(url, { signal: caller.signal }))
    caller.abort(new Error("enough"))
    expect(await failed).toBe("enough")
    expect(timed.expired()).toBeUndefined()
    timed.close()
  })

  it("takes a time longer than a clock can run for a very long one, not for none", async () => {
    const far = server()
    const timed = timedFetch({ connect: 1e12, idle: Infinity, total: 1e12 }, {}, far.fetch)
    const asked = timed.fetch(url)
    await vi.advanceTimersByTimeAsync(1e9)
    expect(timed.expired()).toBeUndefined()
    timed.close()
    await expect(asked).rejects.toThrow("aborted")
  })
})
