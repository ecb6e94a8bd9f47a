import { EngineError } from '../../engine/index.ts'
import type { Job, Tenant } from '../host/index.ts'
import type { Encoder, EncoderInput } from './encoder.ts'
import type { EncodeCommand, EncodedEvent, EncoderInfo, EncoderStats } from './hosted.ts'

export type EncoderHost = Tenant<EncodeCommand, EncodedEvent, 'drop', EncoderInfo, EncoderStats>

export interface EncoderDescription extends Omit<Encoder, 'width' | 'encode'> {
  /** Tokens of all requests that may wait or be at work. */
  readonly maxQueuedTokens: number
}

/** An encoder whose host process may die and come back: what it has not answered is asked again. */
export class HostedTextEncoder implements Encoder {
  readonly name: string
  readonly maxLength: number
  readonly truncate: boolean
  readonly vocabularySize: number
  readonly width: number
  readonly outputs: Encoder['outputs']
  readonly labels: readonly string[]
  readonly activation: Encoder['activation']
  readonly prompts: Readonly<Record<string, string>>
  readonly defaultPrompt: string | undefined
  readonly queryFilling: Encoder['queryFilling']
  readonly tasks: readonly string[]
  readonly pairTemplate: Encoder['pairTemplate']
  readonly maxChunks: number
  readonly #host: EncoderHost
  readonly #maxQueuedTokens: number
  #queuedTokens = 0

  constructor(host: EncoderHost, description: EncoderDescription) {
    this.name = description.name
    this.maxLength = description.maxLength
    this.truncate = description.truncate
    this.vocabularySize = description.vocabularySize
    this.outputs = description.outputs
    this.labels = description.labels
    this.activation = description.activation
    this.prompts = description.prompts
    this.defaultPrompt = description.defaultPrompt
    this.queryFilling = description.queryFilling
    this.tasks = description.tasks
    this.pairTemplate = description.pairTemplate
    this.maxChunks = description.maxChunks
    this.width = host.info.width
    this.#host = host
    this.#maxQueuedTokens = description.maxQueuedTokens
  }

  async encode(inputs: readonly EncoderInput[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    if (inputs.length === 0) return []
    if (signal.aborted) throw cancelled()
    const tokens = inputs.reduce((sum, { ids }) => sum + ids.length, 0)
    // A request alone is always taken; what it may be at most is checked before.
    if (this.#queuedTokens > 0 && this.#queuedTokens + tokens > this.#maxQueuedTokens) throw this.#overloaded()
    this.#queuedTokens += tokens
    try {
      return await this.#submit(inputs, signal)
    } finally {
      this.#queuedTokens -= tokens
    }
  }

  #submit(inputs: readonly EncoderInput[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    return new Promise((resolve, reject) => {
      const request = new Request(inputs, { resolve, reject })
      const handle = this.#host.submit(request)
      const abort = () => {
        handle.send('drop')
        reject(cancelled())
        request.over()
      }
      signal.addEventListener('abort', abort)
      request.whenOver(() => {
        signal.removeEventListener('abort', abort)
        handle.end()
      })
    })
  }

  #overloaded(): EngineError {
    const message = `${this.name} has ${this.#queuedTokens} tokens of other requests to encode; try again in a moment.`
    return new EngineError('overloaded', message, { retryAfter: 1 })
  }
}

interface Settle {
  resolve(vectors: readonly Float32Array[]): void
  reject(error: EngineError): void
}

/** The inputs of one request, and what has come back of them. */
class Request implements Job<EncodeCommand, EncodedEvent> {
  readonly #inputs: readonly EncoderInput[]
  readonly #vectors: (Float32Array | undefined)[]
  readonly #settle: Settle
  #missing: number
  #isOver = false
  #whenOver: (() => void) | undefined

  constructor(inputs: readonly EncoderInput[], settle: Settle) {
    this.#inputs = inputs
    this.#vectors = new Array(inputs.length)
    this.#missing = inputs.length
    this.#settle = settle
  }

  command(): EncodeCommand {
    const places = [...this.#inputs.keys()].filter((place) => this.#vectors[place] === undefined)
    return { places, inputs: places.map((place) => this.#inputs[place]!) }
  }

  receive({ places, vectors }: EncodedEvent): void {
    for (const [index, place] of places.entries()) {
      this.#vectors[place] = vectors[index]!
      this.#missing--
    }
    if (this.#missing > 0) return
    this.#settle.resolve(this.#vectors.flatMap((vector) => vector ?? []))
    this.over()
  }

  fail(error: EngineError): void {
    this.#settle.reject(error)
    this.over()
  }

  over(): void {
    this.#isOver = true
    this.#whenOver?.()
  }

  whenOver(then: () => void): void {
    this.#whenOver = then
    if (this.#isOver) then()
  }
}

const cancelled = () => new EngineError('cancelled', 'The request was cancelled.')
