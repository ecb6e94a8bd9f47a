import type { Worker } from 'node:worker_threads'
import { EngineError } from '../../engine/index.ts'
import { launchThread } from '../launch-thread.ts'

/** What the thread is asked. */
export interface Question {
  readonly text: string
  readonly addSpecialTokens: boolean
}

/** The tokens, or why there are none. */
export type Reply = { readonly ids: Uint32Array } | { readonly failed: string }

/** Milliseconds without a text, after which the thread ends: its tokenizer takes as much memory as the first. */
const idle = 10_000

/**
 * Tokenizes long texts in a thread of its own, one after the other, with a tokenizer of its own. What a long text leaves behind,
 * its reading and its freeing, takes tens of milliseconds of the thread that has it. The thread is started when a text comes.
 */
export class EncodingThread {
  readonly #path: string
  #worker: Worker | undefined
  #last: Promise<unknown> = Promise.resolve()
  #end: NodeJS.Timeout | undefined

  /** @param path of the tokenizer.json */
  constructor(path: string) {
    this.#path = path
  }

  async encode(text: string, options: Omit<Question, 'text'>): Promise<readonly number[]> {
    const asked = this.#last.then(() => this.#ask({ ...options, text }))
    this.#last = asked.catch(() => {})
    const reply = await asked
    if ('failed' in reply) throw new EngineError('internal', `A text could not be tokenized: ${reply.failed}`)
    return listOf(reply.ids)
  }

  async #ask(question: Question): Promise<Reply> {
    clearTimeout(this.#end)
    this.#worker ??= launchThread(new URL('thread', import.meta.url), { workerData: this.#path })
    const worker = this.#worker
    worker.ref()
    worker.postMessage(question)
    const reply = await replyOf(worker)
    worker.unref()
    if ('failed' in reply) await this.#stop()
    this.#end = setTimeout(() => this.#stop(), idle).unref()
    return reply
  }

  async #stop(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}

/** `Array.from` takes ten times as long. */
function listOf(ids: Uint32Array): readonly number[] {
  const list: number[] = []
  for (let at = 0; at < ids.length; at++) list.push(ids[at]!)
  return list
}

/** The thread's next message, or how it ended. */
function replyOf(worker: Worker): Promise<Reply> {
  return new Promise((resolve) => {
    const settle = (reply: Reply) => {
      worker.off('message', settle).off('error', failed).off('exit', ended)
      resolve(reply)
    }
    const failed = (error: Error) => settle({ failed: error.message })
    const ended = () => settle({ failed: 'its thread ended' })
    worker.on('message', settle).on('error', failed).on('exit', ended)
  })
}
