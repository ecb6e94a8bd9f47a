import type { ServerResponse } from 'node:http'
import type { HttpBody } from '../../calculators/index.ts'
import { EngineError, type Packet, type Run } from '../../engine/index.ts'
import { asEngineError } from './errors.ts'
import { comment } from './keep-alive.ts'

/** The pieces of an answer. Wiring has seen to it that a graph's BODY carries these. */
export type Bodies = AsyncIterator<Packet<HttpBody>, undefined>

export interface OutflowOptions {
  /** Pieces that are there already. */
  readonly ready: readonly HttpBody[]
  /** A client that takes nothing for this long is cut off, so that it doesn't hold the model's rows. */
  readonly stallMs: number
  /** A silence of one to two times so long is broken by a comment; 0: none is. */
  readonly keepAliveMs: number
  /** Writes a failure into the body, behind so many pieces. Without it the body breaks off, so that no client takes it for whole. */
  readonly last: ((error: EngineError, sent: number) => string) | undefined
}

/** Characters of events that are written at once, at most. */
const mostText = 16 * 1024

/** An answer of open length on its way to the client: its pieces as they come, no faster than the client takes them. */
export class Outflow {
  /** Settles when the last piece was taken or given up; with the error, if one came. */
  readonly ended: Promise<EngineError | undefined>
  readonly #packets: Bodies
  readonly #run: Run
  readonly #ready: HttpBody[]
  readonly #options: OutflowOptions
  #end: (error: EngineError | undefined) => void = () => {}
  #isOver = false
  #isSilent = false
  #sent = 0

  constructor(packets: Bodies, run: Run, options: OutflowOptions) {
    this.#packets = packets
    this.#run = run
    this.#ready = [...options.ready]
    this.#options = options
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /**
   * As a stream of the web, for whoever is not Node's server. Nothing is read ahead: what waits, waits in the graph, where
   * back-pressure reaches the model.
   */
  stream(): ReadableStream<Uint8Array> {
    let stall: NodeJS.Timeout | undefined
    let isKeptAlive = false
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          clearTimeout(stall)
          if (!isKeptAlive) this.#keepAlive(() => controller.desiredSize === 0 && controller.enqueue(Buffer.from(comment)))
          isKeptAlive = true
          const piece = await this.#next()
          if (piece === undefined) return controller.close()
          controller.enqueue(Buffer.from(piece))
          stall = setTimeout(() => controller.error(this.#giveUp()), this.#options.stallMs)
        },
        cancel: (reason) => {
          clearTimeout(stall)
          this.#leave(reason)
        },
      },
      { highWaterMark: 0 },
    )
  }

  /** Straight to Node's response, whose head is written: a stream of the web would cost more than the rest of a token's way. */
  async writeTo(outgoing: ServerResponse): Promise<void> {
    outgoing.on('close', () => this.#leave()).on('error', (error) => this.#leave(error))
    const paper = new Paper(outgoing)
    this.#keepAlive(() => !outgoing.writableNeedDrain && paper.write(comment))
    try {
      for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) {
        paper.write(piece)
        if (outgoing.writableNeedDrain) await this.#drained(outgoing)
      }
      paper.end()
    } catch {
      outgoing.destroy()
    }
  }

  /** Undefined at the end. Rejects when the body breaks off. */
  async #next(): Promise<HttpBody['data'] | undefined> {
    if (this.#isOver) return undefined
    try {
      const piece = this.#ready.shift() ?? (await this.#packets.next()).value?.value
      if (piece === undefined) this.#settle(undefined)
      this.#sent++
      this.#isSilent = false
      return piece?.data
    } catch (thrown) {
      if (this.#isOver) return undefined
      const error = asEngineError(thrown)
      this.#settle(error)
      if (this.#options.last) return this.#options.last(error, this.#sent)
      throw error
    }
  }

  /** Pieces are whole events, so a comment may stand between any two. */
  #keepAlive(writeComment: () => unknown): void {
    const { keepAliveMs } = this.#options
    if (keepAliveMs === 0 || this.#isOver) return
    const timer = setInterval(() => {
      if (this.#isSilent && !this.#isOver) writeComment()
      this.#isSilent = true
    }, keepAliveMs)
    void this.ended.then(() => clearInterval(timer))
  }

  async #drained(outgoing: ServerResponse): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const goOn = () => {
        clearTimeout(stall)
        outgoing.off('drain', goOn).off('close', goOn)
        resolve()
      }
      const stall = setTimeout(() => reject(this.#giveUp()), this.#options.stallMs)
      outgoing.on('drain', goOn).on('close', goOn)
    })
  }

  #giveUp(): EngineError {
    const error = new EngineError('cancelled', `The client took nothing for ${this.#options.stallMs} ms.`)
    this.#run.cancel(error)
    this.#settle(error)
    return error
  }

  #leave(reason?: unknown): void {
    if (this.#isOver) return
    const left = new EngineError('cancelled', 'The client left.', { cause: reason })
    this.#run.cancel(left)
    this.#settle(left)
  }

  #settle(error: EngineError | undefined): void {
    this.#isOver = true
    this.#end(error)
  }
}

/** Writes at once what comes in one turn of the event loop, as the tokens of a model's message do: a write is what costs most. */
class Paper {
  readonly #outgoing: ServerResponse
  #text = ''

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing
  }

  write(piece: HttpBody['data']): void {
    if (typeof piece !== 'string') {
      this.#flush()
      this.#outgoing.write(piece)
      return
    }
    if (this.#text === '') process.nextTick(() => this.#flush())
    this.#text += piece
    if (this.#text.length >= mostText) this.#flush()
  }

  end(): void {
    if (this.#outgoing.destroyed) return
    this.#flush()
    this.#outgoing.end()
  }

  #flush(): void {
    if (this.#text !== '' && !this.#outgoing.destroyed) this.#outgoing.write(this.#text)
    this.#text = ''
  }
}
