import { randomBytes } from 'node:crypto'
import type { FunctionTool } from './answer-format.ts'
import { ArgumentSchema } from './argument-schema.ts'
import { readCallObject } from './call-object.ts'
import type { CallSyntax } from './call-syntax.ts'
import { readJson } from './json-arguments.ts'
import { readLiterals } from './literal-arguments.ts'
import type { PartWriter } from './part-writer.ts'
import type { Reading, TextReader } from './text-reader.ts'
import { readElements } from './xml-arguments.ts'

/** A JSON object's next key, or its beginning. */
const aKey = /^[\s,]*("\w*"?[\s:]*)?$/

/** Characters that are read anew when they turn out to be no call. */
const farthest = 1024

/**
 * Reads content and the calls in it. A call is told as soon as its name is read, its arguments as they come. What begins as a call
 * and has no name is content; where arguments can't be understood, the call ends, and what follows is content.
 */
export class CallReader {
  readonly #reader: TextReader
  readonly #writer: PartWriter
  readonly #syntax: CallSyntax
  readonly #tools: ReadonlyMap<string, FunctionTool>
  /** Of the call at hand. */
  #schema = new ArgumentSchema(undefined)
  /** Whether the last call has left out what ends it, so far. */
  #isOwed = false
  readonly #content = (text: string) => this.#writer.text('content', text)
  readonly #arguments = (text: string) => this.#writer.arguments(text)

  constructor(reader: TextReader, writer: PartWriter, syntax: CallSyntax, tools: readonly FunctionTool[]) {
    this.#reader = reader
    this.#writer = writer
    this.#syntax = syntax
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]))
  }

  /** To the end of the text. */
  *read(): Reading {
    const { format, begins, bareBegin, triggers, triggersAndEnds, ends } = this.#syntax
    if (format.bare) yield* this.#readCalls(bareBegin, { before: '', isBare: true })
    for (;;) {
      const stop = yield* this.#reader.until(this.#isOwed ? triggersAndEnds : triggers, this.#content)
      if (stop === undefined) return
      const begin = begins.get(stop)
      if (begin) yield* this.#readCalls(begin, { before: stop, isBare: false })
      else if (ends.includes(stop)) this.#isOwed = stop !== ends.at(-1)
      else this.#writer.break('content')
    }
  }

  /**
   * A call, and others that follow without a trigger of their own.
   *
   * @param begin what comes before the first one's name
   * @param from `before`: what was read to see that here may be a call; `isBare`: whether that is nothing
   */
  *#readCalls(begin: readonly string[], from: { readonly before: string; readonly isBare: boolean }): Reading {
    let before: string | undefined = from.before
    for (let next = begin; before !== undefined; next = []) {
      this.#reader.record()
      const isCall = (yield* this.#expect(next, from.isBare)) && (yield* this.#readCall(from.isBare))
      const vain = this.#reader.recorded()
      if (!isCall) return this.#release(before, vain)
      if (vain !== '' && ((yield* this.#reader.more()) || !aKey.test(vain))) this.#content(vain)
      before = yield* this.#readEnd()
    }
  }

  /** What seemed to be a call is content. Within it there may be one; but what is long is not read again, lest reading it all be slow. */
  #release(before: string, vain: string): void {
    this.#content(before)
    if (vain.length <= farthest) this.#reader.putBack(vain)
    else this.#content(vain)
  }

  *#readCall(isBare: boolean): Reading<boolean> {
    const { format, between, dialect, xml } = this.#syntax
    const { body } = format
    yield* this.#reader.space()
    if (body.type === 'object') {
      const begin = (name: string, id: string | undefined) => this.#begin(name, id, isBare)
      return yield* readCallObject(this.#reader, body, isBare, begin, this.#arguments)
    }
    const written = yield* this.#reader.run(/[\p{L}\p{N}_.:/-]+/uy)
    const isJson = body.arguments.type === 'json'
    const id = yield* this.#readId(written)
    const name = format.ids === 'kimi' ? written.replace(/^functions\./, '').replace(/:\d+$/, '') : written
    // JSON shows by itself where it begins.
    const isThere = (yield* this.#expect(between, true)) || (isJson && (yield* this.#reader.peek()) === '{')
    if (!isThere || !this.#begin(name, id, isBare)) return false
    yield* this.#reader.space()
    const next = yield* this.#reader.peek()
    if (dialect) yield* readLiterals(this.#reader, dialect, (index) => this.#schema.nameAt(index), this.#arguments)
    else if (next === '{') yield* readJson(this.#reader, this.#arguments)
    else if (xml) yield* readElements(this.#reader, xml, this.#schema, this.#arguments)
    else if (next !== '') this.#arguments('{}')
    return true
  }

  /** The id that a model has given a call, where models do. */
  *#readId(name: string): Reading<string | undefined> {
    switch (this.#syntax.format.ids) {
      case 'kimi':
        return /:\d+$/.test(name) ? name : undefined
      case 'mistral':
        if ((yield* this.#reader.match(['[CALL_ID]'])) === undefined) return undefined
        return (yield* this.#reader.run(/\w+/y)) || undefined
      case 'openai':
        return undefined
    }
  }

  /** Whether here is a call: of any function, if the model has marked it, else only of one that there is. */
  #begin(name: string, id: string | undefined, isBare: boolean): boolean {
    const tool = this.#tools.get(name)
    if (name === '' || (isBare && !tool)) return false
    this.#reader.recorded()
    this.#schema = new ArgumentSchema(tool)
    this.#writer.call(id ?? newId(this.#syntax.format.ids, name, this.#writer.calls), name)
    return true
  }

  /** What ends a call, as far as it is there. @returns what was read before another one; undefined: there is none */
  *#readEnd(): Reading<string | undefined> {
    const { ends, lastEnds, isMarked, separator, format } = this.#syntax
    const isObject = format.body.type === 'object'
    // Some models write a second object where the first one should end.
    let isOpen = !isMarked || isObject
    let before = ''
    this.#isOwed = ends.length > 0
    for (;;) {
      yield* this.#reader.space()
      const end = yield* this.#reader.match(ends)
      if (end !== undefined) {
        this.#isOwed = end !== ends.at(-1)
        if (isMarked || lastEnds.has(end)) isOpen = false
      } else if (isOpen && before === '' && separator !== '') {
        before = (yield* this.#reader.match([separator])) ?? ''
        if (before === '') break
      } else break
    }
    this.#reader.takeRemains(ends)
    const begin = isObject ? /{/ : before === '' ? /^$/ : /\S/
    if (isOpen && begin.test(yield* this.#reader.peek())) return before
    this.#content(before)
    return undefined
  }

  /** Texts that have to come next, but for white space. Some models leave out the bracket of a list. */
  *#expect(texts: readonly string[], isStrict: boolean): Reading<boolean> {
    for (const text of texts) {
      yield* this.#reader.space()
      if ((yield* this.#reader.match([text])) === undefined && (isStrict || text !== '[')) return false
    }
    return true
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

const randomLetters = (length: number) => [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('')

/** @param index of the call in its answer */
export function newId(style: 'openai' | 'mistral' | 'kimi', name: string, index: number): string {
  switch (style) {
    case 'openai':
      return `call_${randomLetters(24)}`
    case 'mistral':
      return randomLetters(9)
    case 'kimi':
      return `functions.${name}:${index}`
  }
}
