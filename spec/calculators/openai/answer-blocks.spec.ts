import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AnswerBlock, answerBlocks, type BlockEvent } from '../../../calculators/openai/answer-blocks.ts'
import type { AnswerPart } from '../../../servables/index.ts'
import { answerParts } from '../../support/answer-parts.ts'

const eventsOf = (parts: readonly AnswerPart[]): BlockEvent[] => {
  const blocks = answerBlocks()
  return [...parts.flatMap((part) => blocks.push(part)), ...blocks.end()]
}

test('what is of one kind is one block', () => {
  const events = eventsOf([
    { type: 'reasoning', text: 'Hm' },
    { type: 'reasoning', text: 'm.' },
    { type: 'content', text: 'Yes' },
    { type: 'call', index: 0, id: 'a', name: 'f' },
    { type: 'arguments', index: 0, text: '{' },
    { type: 'arguments', index: 0, text: '}' },
    { type: 'call', index: 1, id: 'b', name: 'g' },
  ])
  assert.equal(
    events.map(({ type, block }) => `${type} ${block.index} ${block.type} ${block.name}${block.text}`),
    [
      'begin 0 reasoning ',
      'more 0 reasoning Hm',
      'more 0 reasoning Hmm.',
      'end 0 reasoning Hmm.',
      'begin 1 content ',
      'more 1 content Yes',
      'end 1 content Yes',
      'begin 2 call f',
      'more 2 call f{',
      'more 2 call f{}',
      'end 2 call f{}',
      'begin 3 call g',
      'end 3 call g',
    ],
  )
})

test('an answer of nothing is a block of no text', () => {
  for (const parts of [[], [{ type: 'content' as const, text: '' }]]) {
    assert.equal(
      eventsOf(parts).map(({ type, block }) => [type, block.type, block.text]),
      [
        ['begin', 'content', ''],
        ['end', 'content', ''],
      ],
    )
  }
})

test('blocks begin and end in turn, and have all that the parts had', () => {
  fc.assert(
    fc.property(answerParts, (parts) => {
      const events = eventsOf(parts)
      const ended: AnswerBlock[] = []
      let open: number | undefined
      let text = ''
      for (const event of events) {
        if (event.type === 'begin') {
          assert.is(open, undefined)
          open = event.block.index
          text = ''
        } else if (event.type === 'more') text += event.text
        else {
          assert.is(event.block.text, text)
          ended.push(event.block)
          open = undefined
        }
        if (event.type !== 'end') assert.is(event.block.index, open)
      }
      assert.equal(
        ended.map(({ index }) => index),
        ended.map((_, index) => index),
      )
      const joined = (type: string, of: (part: AnswerPart) => boolean) => {
        const told = parts.filter(of).map((part) => ('text' in part ? part.text : ''))
        assert.is(
          ended
            .filter((block) => block.type === type)
            .map((block) => block.text)
            .join(''),
          told.join(''),
        )
      }
      joined('content', ({ type }) => type === 'content')
      joined('reasoning', ({ type }) => type === 'reasoning')
      joined('call', ({ type }) => type === 'arguments')
    }),
  )
})

test.run()
