import { newId } from './calls.ts'
import { readJson } from './json-arguments.ts'
import type { PartWriter } from './part-writer.ts'
import { type Reading, Stops, type TextReader } from './text-reader.ts'

const marks = ['<|start|>', '<|channel|>', '<|constrain|>', '<|message|>']
/** What begins a message's header, and what ends its body; they may do both. */
const begins = ['<|start|>', '<|channel|>']
const ends = new Stops([...begins, '<|end|>', '<|call|>', '<|return|>'])

/**
 * The header of the message that an answer goes on with, as the prompt's end has begun it and not ended it; undefined: the answer
 * begins with a header.
 *
 * @param begun the part of the answer that is in the prompt; a template that is not harmony's has written no header before it
 */
export function begunHeader(prompt: string, begun: string | undefined): string | undefined {
  const before = begun !== undefined && prompt.endsWith(begun) ? prompt.slice(0, prompt.length - begun.length) : prompt
  const message = before.slice(Math.max(0, before.lastIndexOf('<|start|>')))
  const [header = '', ...body] = message.split('<|message|>')
  const isOpen = header.startsWith('<|start|>') && body.length > 0 && !/<\|(end|return|call)\|>/.test(message)
  return isOpen ? header : begun === undefined ? undefined : ''
}

/** Whether a message is reasoning. */
export const isAnalysis = (header: string): boolean => header.includes('<|channel|>analysis')

/**
 * Reads gpt-oss's answers to the end of the text. They are messages of the form
 *
 *     <|start|>assistant<|channel|>CHANNEL to=RECIPIENT <|constrain|>json<|message|>BODY<|end|>
 *
 * of which the prompt has written `<|start|>assistant`. The channel `analysis` is reasoning; what goes to `functions.NAME` is a
 * call; the rest is content. A header that the text's end cuts off is dropped. Source: OpenAI's harmony format.
 *
 * @param begun the header of the message that the answer goes on with; undefined: it begins with a header
 * @param wants whether reasoning and calls are told apart from content
 */
export function* readHarmony(
  reader: TextReader,
  writer: PartWriter,
  begun: string | undefined,
  wants: { readonly reasoning: boolean; readonly calls: boolean },
): Reading {
  let header = begun ?? ((yield* reader.match([' to='])) ? yield* readHeader(' to=') : '')
  for (;;) {
    const end = yield* readBody(header ?? '')
    if (end === undefined) return
    writer.break('content')
    header = begins.includes(end) ? yield* readHeader(end) : ''
  }

  /** @returns undefined: what seemed to be one is none, and was content */
  function* readHeader(begin: string): Reading<string | undefined> {
    let text = begin
    for (;;) {
      text += yield* reader.run(/[\w .,=:/-]+/y)
      const mark = yield* reader.match(marks)
      if (mark === '<|message|>') return text
      if (mark !== undefined) text += mark
      else {
        if (yield* reader.more()) writer.text('content', text)
        return undefined
      }
    }
  }

  /** @returns what ended it; undefined: the text's end */
  function* readBody(header: string): Reading<string | undefined> {
    const name = /to=functions\.([^\s<]+)/.exec(header)?.[1]
    if (name !== undefined && wants.calls) {
      writer.call(newId('openai', name, writer.calls), name)
      yield* reader.space()
      if ((yield* reader.peek()) === '{') yield* readJson(reader, (text) => writer.arguments(text))
      else if (yield* reader.more()) writer.arguments('{}')
    }
    const isReasoning = name === undefined && wants.reasoning && isAnalysis(header)
    return yield* reader.until(ends, (text) => writer.text(isReasoning ? 'reasoning' : 'content', text))
  }
}
