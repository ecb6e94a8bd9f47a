import type { AnswerParser, AnswerWish } from './answer-format.ts'
import type { CallSyntax } from './call-syntax.ts'
import { CallReader } from './calls.ts'
import { begunHeader, readHarmony } from './harmony.ts'
import { isForced } from './held-tools.ts'
import { PartWriter } from './part-writer.ts'
import type { ReasoningFormat } from './reasoning-formats.ts'
import { type Reading, Stops, TextReader } from './text-reader.ts'

/** What a model's format is made of, ready to be read. */
export interface AnswerSyntax {
  readonly reasoning: ReasoningSyntax | undefined
  readonly calls: CallSyntax | undefined
}

interface ReasoningSyntax {
  readonly format: ReasoningFormat
  readonly ends: Stops
  /** What is around the answer proper. */
  readonly wrappers: Stops
}

export function reasoningSyntax(format: ReasoningFormat): ReasoningSyntax {
  return { format, ends: new Stops(format.end), wrappers: new Stops(wrappersOf(format)) }
}

export const wrappersOf = ({ answer }: ReasoningFormat) => [answer.begin, answer.end].filter((text) => text !== '')

/**
 * Reads one answer: reasoning first, if there is any, then content and calls. Calls are looked for if the request has tools, and
 * wants them called.
 */
export class FormatParser implements AnswerParser {
  readonly #reader = new TextReader()
  readonly #writer: PartWriter
  readonly #reading: Reading
  /** The first half of a character, of which the text so far has no more. */
  #half = ''
  readonly #content = (text: string) => this.#writer.text('content', text)

  constructor(syntax: AnswerSyntax, wish: AnswerWish, prompt: string) {
    this.#writer = new PartWriter(wish.parallelToolCalls, !isForced(wish))
    this.#reading = this.#read(syntax, wish, prompt)
  }

  push(text: string) {
    const whole = this.#half + text
    const last = whole.charCodeAt(whole.length - 1)
    this.#half = last >= 0xd800 && last < 0xdc00 ? whole.slice(-1) : ''
    this.#reader.push(this.#half === '' ? whole : whole.slice(0, -1))
    this.#reading.next()
    return this.#writer.drain()
  }

  end() {
    this.#reader.push(this.#half)
    this.#reader.end()
    this.#reading.next()
    this.#writer.end()
    return this.#writer.drain()
  }

  *#read({ reasoning, calls }: AnswerSyntax, wish: AnswerWish, prompt: string): Reading {
    const wantsCalls = calls !== undefined && wish.tools.length > 0 && wish.toolChoice !== 'none'
    if (reasoning?.format.harmony || calls?.format.harmony) {
      const wants = { reasoning: reasoning !== undefined, calls: wantsCalls }
      return yield* readHarmony(this.#reader, this.#writer, begunHeader(prompt, wish.begun), wants)
    }
    if (reasoning) yield* this.#readReasoning(reasoning, reasoningAt(reasoning.format, prompt, wish.begun))
    if (wantsCalls) return yield* new CallReader(this.#reader, this.#writer, calls, wish.tools).read()
    while (yield* this.#reader.until(reasoning?.wrappers ?? nothing, this.#content)) this.#writer.break('content')
  }

  *#readReasoning({ format, ends }: ReasoningSyntax, state: ReasoningState): Reading {
    if (state === 'amid') this.#writer.goOn('reasoning')
    else {
      const space = yield* this.#reader.space()
      const begin = yield* this.#reader.match(format.begin)
      if (state !== 'begun' && begin === undefined) return this.#content(space)
      this.#writer.break('reasoning')
    }
    yield* this.#reader.until(ends, (text) => this.#writer.text('reasoning', text))
    this.#writer.break('content')
  }
}

const nothing = new Stops([])

/** Whether a prompt's end leaves the beginning of reasoning to the model, has just begun it, is in the middle of it, or behind it. */
export type ReasoningState = 'open' | 'begun' | 'amid' | 'over'

/** @param begun the part of the answer that is in the prompt already */
export function reasoningAt(format: ReasoningFormat, prompt: string, begun = ''): ReasoningState {
  const end = prompt.slice(-200).trimEnd()
  if (format.begin.some((text) => end.endsWith(text.trimEnd()))) return 'begun'
  if (format.end.some((text) => end.endsWith(text.trimEnd()))) return 'over'
  const [begins, ends] = [lastOf(format.begin, begun), lastOf(format.end, begun)]
  if (begins > ends) return 'amid'
  if (ends >= 0) return 'over'
  if (format.always) return begun === '' ? 'begun' : 'amid'
  return begun === '' ? 'open' : 'over'
}

const lastOf = (marks: readonly string[], text: string) => Math.max(...marks.map((mark) => text.lastIndexOf(mark)))
