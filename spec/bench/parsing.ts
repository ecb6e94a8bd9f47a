import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as AnswerFormats from '../../servables/answer-format/index.ts'
import type * as Tokenizers from '../../servables/tokenizer/index.ts'
import { root } from '../cli/support.ts'

/** Characters of a token, about. */
const token = 4

/** What a model writes: prose, prose full of what might be markers, and calls of several formats with long arguments. */
const texts: readonly (readonly [name: string, parser: string, text: string])[] = (() => {
  const prose = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const code = prose.replaceAll(' ', ' < ').slice(0, 100_000)
  const long = `${prose.slice(0, 20_000)}`.repeat(5)
  const json = JSON.stringify({ text: long, numbers: Array.from({ length: 1000 }, (_, i) => i) })
  const strings = Array.from({ length: 100 }, (_, i) => `k${i}: <|"|>${long.slice(i, i + 1000)}<|"|>`).join(',')
  const python = Array.from({ length: 100 }, (_, i) => `k${i}=${JSON.stringify(long.slice(i, i + 1000))}`).join(', ')
  return [
    ['prose', 'hermes3', prose],
    ['prose with a < in every gap', 'hermes3', code],
    ['JSON arguments', 'hermes3', `<tool_call>\n{"name": "f", "arguments": ${json}}\n</tool_call>`],
    ['elements', 'qwen3coder', `<tool_call>\n<function=f>\n<parameter=text>\n${long}\n</parameter>\n</function>\n</tool_call>`],
    ['Python', 'lfm2', `<|tool_call_start|>[f(${python})]<|tool_call_end|>`],
    ['Gemma', 'gemma4', `<|tool_call>call:f{${strings}}<tool_call|>`],
    ['channels', 'gptoss', `<|channel|>commentary to=functions.f <|constrain|>json<|message|>${json}<|call|>`],
  ]
})()

const wish = {
  text: undefined,
  tools: [{ name: 'f', parameters: { type: 'object', properties: { text: { type: 'string' } } } }],
  toolChoice: 'auto',
  parallelToolCalls: true,
} as const

/** The shortest of some rounds, in milliseconds. */
function best(read: () => void): number {
  const once = () => {
    const began = performance.now()
    read()
    return performance.now() - began
  }
  for (let round = 0; round < 3; round++) read()
  return Math.min(...Array.from({ length: 5 }, once))
}

function report(name: string, milliseconds: number, characters: number, tokens: number): void {
  const perToken = ((milliseconds * 1000) / tokens).toFixed(2)
  console.log(`  ${name.padEnd(49)} ${characters} characters in ${milliseconds.toFixed(1)} ms, ${perToken} µs a token`)
}

/** What reading an answer costs, as it comes token by token. */
export async function parsing(): Promise<void> {
  const { answerFormat }: typeof AnswerFormats = await import(join(root, 'dist/servables/answer-format/index.js'))
  const { loadTokenizer }: typeof Tokenizers = await import(join(root, 'dist/servables/tokenizer/index.js'))
  for (const [name, toolParser, text] of texts) {
    const format = answerFormat('', toolParser, 'qwen3')
    const pieces = Array.from({ length: Math.ceil(text.length / token) }, (_, i) => text.slice(i * token, (i + 1) * token))
    const read = () => {
      const parser = format.parser(wish, '')
      for (const piece of pieces) parser.push(piece)
      parser.end()
    }
    report(name, best(read), text.length, pieces.length)
  }
  const tokenizer = await loadTokenizer(join(root, 'models/demo-chat'))
  for (const [name, toolParser, text] of texts.slice(0, 3)) {
    const format = answerFormat('', toolParser, 'qwen3')
    const tokens = await tokenizer.encode(text, { addSpecialTokens: false })
    const read = () => {
      const parser = format.parser(wish, '')
      const decoder = tokenizer.decoder({ shown: format.markers })
      for (const each of tokens) parser.push(decoder.push(each))
      parser.push(decoder.end())
      parser.end()
    }
    report(`${name}, detokenized as well`, best(read), text.length, tokens.length)
  }
}
