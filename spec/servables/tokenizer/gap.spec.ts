import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { gapWriter } from '../../../servables/tokenizer/gap.ts'

test('a gap is written in the tokens of the model’s family', () => {
  const families = [
    ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'],
    ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'],
    ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'],
    ['▁<PRE>', '▁<SUF>', '▁<MID>'],
  ] as const
  for (const tokens of families) {
    const [before, behind, answer] = tokens
    const write = gapWriter((text) => tokens.some((token) => token === text))
    assert.is(write?.('a', 'b'), `${before}a${behind}b${answer}`)
  }
})

test('a model that lacks one of the tokens fills no gaps', () => {
  assert.is(
    gapWriter((text) => text === '<fim_prefix>' || text === '<fim_suffix>'),
    undefined,
  )
})

test.run()
