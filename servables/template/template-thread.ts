import { setImmediate } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { EngineError } from '../../engine/index.ts'
import { launchThread } from '../launch-thread.ts'
import type { Conversation } from './chat-template.ts'
import type { TemplateSource } from './jinja.ts'

/** What the thread says of a conversation: its text and how long that took, or why there is none. */
export type Rendered =
  | { readonly text: string; readonly milliseconds: number }
  | { readonly refused: string; readonly param: string | undefined }

type Text = Extract<Rendered, { text: string }>

/** What the thread is given: a conversation, before which the first of its messages have come, if there are many. */
export type Question = Conversation | { readonly earlier: Conversation['messages'] }

/** Messages that are copied to the thread at once: a fraction of a millisecond. */
const together = 512

/** Conversations that may wait for the thread. */
const mostWaiting = 64

/** A conversation of millions of characters needs some hundred megabytes. */
const resourceLimits = { maxOldGenerationSizeMb: 1024 }

/**
 * Renders conversations in a thread of its own, one after the other. It is started when the first comes, and ended when one
 * takes longer than it may: the next gets a new one.
 */
export class TemplateThread {
  readonly #source: TemplateSource
  readonly #patience: number
  #worker: Promise<Worker> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** @param patience how long, in milliseconds, a conversation may take */
  constructor(source: TemplateSource, patience: number) {
    this.#source = source
    this.#patience = patience
  }

  /** @throws EngineError `invalid_value` when the template refuses, or does not come to an end; `overloaded` when too many wait */
  async render(conversation: Conversation): Promise<Text> {
    if (this.#waiting === mostWaiting) {
      const message = `${mostWaiting} conversations wait for their chat template. Try again later.`
      throw new EngineError('overloaded', message, { retryAfter: 1 })
    }
    this.#waiting++
    const rendered = this.#last.then(() => this.#ask(conversation))
    this.#last = rendered.catch(() => {})
    try {
      return await rendered
    } finally {
      this.#waiting--
    }
  }

  async dispose(): Promise<void> {
    await (await this.#worker)?.terminate()
  }

  async #ask(conversation: Conversation): Promise<Text> {
    this.#worker ??= this.#launch()
    const worker = await this.#worker
    const reply = this.#reply(worker)
    await tell(worker, conversation)
    const rendered = await reply
    if (rendered === 'late' || rendered === 'ended') {
      this.#worker = undefined
      await worker.terminate()
      const what = rendered === 'late' ? `does not come to an end within ${this.#patience / 1000} s` : 'needs too much memory'
      const message = `The model's chat template ${what} for this conversation. Send a shorter one.`
      throw new EngineError('invalid_value', message, { param: 'messages' })
    }
    if ('refused' in rendered) {
      throw new EngineError('invalid_value', rendered.refused, rendered.param === undefined ? {} : { param: rendered.param })
    }
    return rendered
  }

  /** Its next message, or that none came within the time. */
  #reply(worker: Worker): Promise<Rendered | 'late' | 'ended'> {
    return new Promise((resolve) => {
      const settle = (reply: Rendered | 'late' | 'ended') => {
        clearTimeout(late)
        worker.off('message', settle).off('exit', ended)
        resolve(reply)
      }
      const ended = () => settle('ended')
      const late = setTimeout(settle, this.#patience, 'late')
      worker.on('message', settle).on('exit', ended)
    })
  }

  /** Settles when it is ready: its start is not the conversation's fault. */
  async #launch(): Promise<Worker> {
    const worker = launchThread(new URL('thread', import.meta.url), { workerData: this.#source, resourceLimits })
    // Its end says the same.
    worker.on('error', () => {})
    await new Promise((resolve) => worker.once('message', resolve).once('exit', resolve))
    worker.removeAllListeners('message').removeAllListeners('exit').unref()
    return worker
  }
}

/** Copies a conversation to the thread; amid a long one other requests have their turn. */
async function tell(worker: Worker, conversation: Conversation): Promise<void> {
  const post = (question: Question) => worker.postMessage(question)
  let { messages } = conversation
  for (; messages.length > together; messages = messages.slice(together)) {
    post({ earlier: messages.slice(0, together) })
    await setImmediate()
  }
  post({ ...conversation, messages })
}
