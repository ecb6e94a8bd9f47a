import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { withHugePages } from '../../../servables/host/huge-pages.ts'

/** One answer that a peer is asked for. */
export interface PeerRequest {
  /** Seconds from the beginning until it comes. */
  readonly at: number
  readonly prompt: readonly number[]
  /** Its tokens; end tokens do not end it. */
  readonly answer: number
}

/** A line that a peer reads; decode runs without an executor are asked of our own only. */
export type Line = readonly PeerRequest[] | { readonly runs: readonly (readonly number[])[]; readonly count: number }

/** An inference engine, in a process that stays: it reads a line of JSON, and writes one when it is done. */
export interface PeerProgram {
  readonly name: string
  readonly command: readonly string[]
  /** Whether requests may come and end at different times. */
  readonly isContinuous: boolean
  /** Whether it is measured at large batches and long prompts too. */
  readonly isThorough: boolean
}

const python = process.env.OVMS_BENCH_PYTHON ?? 'python3'
const threads = String(availableParallelism())
const peers = join(import.meta.dirname, 'peers')

/** The table of all engines: ours first. `model` is what `make_model.py` made, with `peers/` in it by `make_peers.py`. */
export function peerPrograms(model: string): readonly PeerProgram[] {
  const ours = (precision: string) => [process.execPath, '--import', 'tsx', join(peers, 'ovms.ts'), model, precision]
  const openvino = (weights: string) => [
    python,
    join(peers, 'continuous_batching.py'),
    join(model, 'peers', weights),
    threads,
    'true',
  ]
  const whole = { isContinuous: true, isThorough: true }
  const simple = { isContinuous: false, isThorough: false }
  return [
    { name: 'ovms-ts int8', command: ours('int8'), ...whole },
    { name: 'ovms-ts int4', command: ours('keep'), ...simple },
    { name: 'openvino-genai int8', command: openvino('openvino-int8'), ...whole },
    { name: 'openvino-genai int4', command: openvino('openvino-int4'), ...whole },
    { name: 'onnxruntime-genai int4', command: [python, join(peers, 'static_batching.py'), model, threads], ...simple },
    {
      name: 'llama.cpp Q4_0',
      command: [process.execPath, join(peers, 'llama.mjs'), join(model, 'peers/q4_0.gguf'), threads],
      ...simple,
    },
    {
      name: 'transformers.js int4',
      command: [process.execPath, join(peers, 'transformers.mjs'), join(model, 'peers/transformers'), threads],
      ...simple,
    },
  ]
}

/** A peer that runs. */
export class Peer {
  readonly program: PeerProgram
  readonly #child: ChildProcess
  readonly #lines: Interface
  readonly #errors: string[]

  /** @throws Error with what it wrote, when it cannot start: it, or its model, is not installed */
  static async start(program: PeerProgram): Promise<Peer> {
    const peer = new Peer(program)
    await peer.#reply()
    return peer
  }

  private constructor(program: PeerProgram) {
    const [file = '', ...rest] = program.command
    this.program = program
    // As hosts are started; the others' processes take what they get.
    const env = program.name.startsWith('ovms-ts') ? withHugePages(process.env) : process.env
    this.#child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'pipe'], env })
    this.#errors = []
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors.push(text)
      if (this.#errors.length > 20) this.#errors.shift()
    })
    this.#lines = createInterface({ input: this.#child.stdout! })
  }

  /** Seconds from the beginning at which the tokens of each request came. */
  async ask(requests: readonly PeerRequest[]): Promise<readonly (readonly number[])[]> {
    return JSON.parse(await this.#send(requests))
  }

  /** Seconds that so many decode runs take, with nothing around them. */
  async runs(runs: readonly (readonly number[])[], count: number): Promise<number> {
    return JSON.parse(await this.#send({ runs, count }))
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin?.end()
    await ended
  }

  #send(line: Line): Promise<string> {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`)
    return this.#reply()
  }

  /** The next line that is JSON: libraries print as they like. */
  #reply(): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`${this.program.name}: ${this.#errors.join('').trim().split('\n').at(-1)}`))
      const read = (line: string) => {
        if (!/^[[{"\d]/.test(line)) return
        this.#lines.off('line', read)
        this.#child.off('exit', fail)
        resolve(line)
      }
      this.#lines.on('line', read)
      this.#child.once('exit', fail)
    })
  }
}
