/** The least that a process can answer: a line read from fd 3 is parsed, and its number doubled is written to fd 4. */
import { writeSync } from "node:fs"
import { Socket } from "node:net"

const buffer = Buffer.alloc(65_536)
const callback = (length) => {
  const { n } = JSON.parse(buffer.toString("utf8", 0, length))
  writeSync(4, `${JSON.stringify({ data: n * 2 })}\n`)
  return true
}
new Socket({ fd: 3, readable: true, writable: false, onread: { buffer, callback } }).resume()
