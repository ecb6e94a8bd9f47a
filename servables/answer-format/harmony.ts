import { newId } from './calls.ts'
import { readJson } from './json-arguments.ts'
import type { PartWriter } from './part-writer.ts'
import { type Reading, Stops, type TextReader } from './text-reader.ts'

const marks = ['<|start|>', '<|channel|>', '<|constrain|>', '<|message|>']
/** What begins a message's header, and what ends its body; they may do both. */
const begins = ['<|start|>', '<|channel|>']
const ends = new Stops([...begins, '<|end|>', '<|call|>', '<|return|>'])

/**
 * Reads gpt-oss's answers to the end of the text. They are messages of the form
 *
 *     <|start|>assistant<|channel|>CHANNEL to=RECIPIENT <|constrain|>json<|message|>BODY<|end|>
 *
 * of which the prompt has written `<|start|>assistant`. The channel `analysis` is reasoning; what goes to `functions.NAME` is a
 * call; the rest is content. A header that the text's end cuts off is dropped. Source: OpenAI's harmony format.
 *
 * @param wants whether reasoning and calls are told apart from content
 */
export function* readHarmony(
  reader: TextReader,
  writer: PartWriter,
  prompt: string,
  wants: { readonly reasoning: boolean; readonly calls: boolean },
): Reading {
  const begun = prompt.slice(prompt.lastIndexOf('<|start|>'))
  const isOpen = begun.startsWith('<|start|>') && begun.includes('<|message|>') && !/<\|(end|return|call)\|>/.test(begun)
  let header: string | undefined = isOpen ? begun : (yield* reader.match([' to='])) ? yield* readHeader(' to=') : ''
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
    const isReasoning = name === undefined && wants.reasoning && /<\|channel\|>analysis/.test(header)
    return yield* reader.until(ends, (text) => writer.text(isReasoning ? 'reasoning' : 'content', text))
  }
}
