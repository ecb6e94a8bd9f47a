import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AnswerParserCalculator } from '../../../calculators/llm/answer-parser.ts'
import type { MessageDeltaValue, TextDeltaValue } from '../../../calculators/packets.ts'
import { answerFormat } from '../../../servables/answer-format/index.ts'
import type { AnswerFormat, AnswerWish } from '../../../servables/index.ts'
import { samplingParams } from '../../support/fakes.ts'
import { runCalculator } from '../../support/run-calculator.ts'

/** Holds text back until a line is whole; a line `name!` is a call. */
const lineFormat: AnswerFormat = {
  toolParser: 'line',
  reasoningParser: undefined,
  markers: [],
  grammar: () => undefined,
  thinking: () => undefined,
  check: () => {},
  parser: () => {
    let held = ''
    return {
      push(text) {
        const lines = (held + text).split('\n')
        held = lines.pop()!
        return lines.map((line) =>
          line.endsWith('!')
            ? { type: 'call', index: 0, id: 'call_1', name: line.slice(0, -1) }
            : { type: 'content', text: `${line}\n` },
        )
      },
      end: () => (held === '' ? [] : [{ type: 'content', text: held }]),
    }
  },
}

const wish: AnswerWish = { text: undefined, tools: [], toolChoice: 'auto', parallelToolCalls: true }

async function parse(deltas: readonly TextDeltaValue[], format = lineFormat) {
  const inputs = { DELTA: [...deltas], WISH: [wish], TEXTS: [['prompt']], SAMPLING: [samplingParams()] }
  const { DELTA } = await runCalculator<{ DELTA: MessageDeltaValue }>(AnswerParserCalculator, {
    inputs,
    sides: { ANSWER_FORMAT: format },
  })
  return DELTA.map(({ value }) => value)
}

test('what waits in the parser is told with the part that it became', async () => {
  const deltas = await parse([
    { choice: 0, text: 'a', tokens: 1, finish: undefined, ids: [1], logprob: -1 },
    { choice: 0, text: 'b\nc', tokens: 2, finish: undefined, ids: [2, 3], logprob: -2 },
    { choice: 0, text: '', tokens: 0, finish: 'length' },
  ])
  assert.equal(deltas, [
    { choice: 0, parts: [{ type: 'content', text: 'ab\n' }], tokens: 3, finish: undefined, ids: [1, 2, 3], logprob: -3 },
    { choice: 0, parts: [{ type: 'content', text: 'c' }], tokens: 0, finish: 'length' },
  ])
})

test('an answer that stops behind a call ends with tool_calls, one that is cut with length', async () => {
  const ends = async (finish: 'stop' | 'length') =>
    (await parse([{ choice: 0, text: 'look!\n', tokens: 1, finish }])).map((delta) => delta.finish)
  assert.equal(await ends('stop'), ['tool_calls'])
  assert.equal(await ends('length'), ['length'])
})

test('the tokens of reasoning are as many however many texts come at once', async () => {
  const format = answerFormat('', 'none', 'qwen3')
  const texts = ['<think>', 'Hm', ', hm', '.', '</think>', '\n\n', 'Yes', '.']
  const count = async (sizes: readonly number[]) => {
    let from = 0
    const deltas = sizes.map((size): TextDeltaValue => {
      const pieces = texts.slice(from, from + size).map((text) => ({ text, tokens: 1 }))
      from += size
      const text = pieces.map((piece) => piece.text).join('')
      return { choice: 0, text, pieces, tokens: size, finish: from === texts.length ? 'stop' : undefined }
    })
    const told = await parse(deltas, format)
    const reasoning = told.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'reasoning' ? [part.text] : [])))
    return [told.reduce((sum, { reasoningTokens = 0 }) => sum + reasoningTokens, 0), reasoning.join('')]
  }
  const alone = await count(texts.map(() => 1))
  assert.equal(alone, [4, 'Hm, hm.'])
  for (const sizes of [[8], [3, 5], [4, 4], [5, 3], [1, 6, 1], [2, 2, 2, 2]])
    assert.equal(await count(sizes), alone, String(sizes))
})

test('choices are read by parsers of their own', async () => {
  const deltas = await parse([
    { choice: 0, text: 'a', tokens: 1, finish: undefined },
    { choice: 1, text: 'b', tokens: 1, finish: undefined },
    { choice: 0, text: '', tokens: 1, finish: 'stop' },
    { choice: 1, text: '', tokens: 1, finish: 'stop' },
  ])
  assert.equal(
    deltas.map(({ choice, parts }) => [choice, parts]),
    [
      [0, [{ type: 'content', text: 'a' }]],
      [1, [{ type: 'content', text: 'b' }]],
    ],
  )
})

test.run()
