import { connect } from 'node:net'
import { quantile } from '../llm/figures.ts'

/** Clients that ask one request after the other. */
export interface Load {
  readonly url: string
  /** The request's bodies, as JSON: each client begins at another one. */
  readonly bodies: readonly string[]
  readonly clients: number
  readonly milliseconds: number
}

export interface LoadFigures {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/**
 * What a server answers to clients that wait for each answer. On a machine of few cores, what the clients compute is missing to the
 * server: so they read their sockets into one buffer, and look for the end of an answer only.
 *
 * @throws Error when an answer's status is not 200
 */
export async function load({ url, bodies, clients, milliseconds }: Load): Promise<LoadFigures> {
  const { hostname, port, pathname } = new URL(url)
  const requests = bodies.map((body) => {
    const head = `POST ${pathname} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
    return Buffer.from(head + body)
  })
  const began = performance.now()
  const latencies: number[] = []
  const client = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const answer = new AnswerReader()
      const buffer = Buffer.allocUnsafe(64 * 1024)
      let [next, asked] = [index, 0]
      const ask = () => {
        asked = performance.now()
        socket.write(requests[next++ % requests.length]!)
      }
      const callback = (length: number): boolean => {
        if (!answer.read(buffer.subarray(0, length))) return true
        latencies.push(performance.now() - asked)
        if (answer.status !== 200) reject(new Error(`${url} answers ${answer.status}`))
        if (answer.status === 200 && performance.now() - began < milliseconds) ask()
        else socket.end(resolve)
        return true
      }
      const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread: { buffer, callback } })
      socket.once('error', reject).once('connect', ask)
    })
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)))
  const seconds = (performance.now() - began) / 1000
  return { perSecond: latencies.length / seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) }
}

/** Finds the ends of answers. */
class AnswerReader {
  status = 0
  /** Bytes that are missing; undefined: the answer is in chunks, and ends with an empty one. */
  #missing: number | undefined = 0
  #isInside = false

  /** Whether the answer ends with these bytes. */
  read(bytes: Buffer): boolean {
    const rest = this.#isInside ? bytes.length : this.#readHead(bytes)
    this.#isInside = true
    if (this.#missing !== undefined) this.#missing -= rest
    const isOver = this.#missing === undefined ? endsInEmptyChunk(bytes) : this.#missing <= 0
    if (isOver) this.#isInside = false
    return isOver
  }

  /** The bytes behind the head, which comes in one piece. */
  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n') + 4
    const head = bytes.toString('latin1', 0, end)
    this.status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1])
    const length = /content-length: (\d+)/i.exec(head)?.[1]
    this.#missing = length === undefined ? undefined : Number(length)
    return bytes.length - end
  }
}

const endsInEmptyChunk = (bytes: Buffer) => bytes.toString('latin1', Math.max(0, bytes.length - 7)).endsWith('\r\n0\r\n\r\n')
