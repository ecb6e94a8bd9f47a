import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { editDistance, nearest } from '../../engine/nearest.ts'

const calculators = ['TokenizerCalculator', 'DetokenizerCalculator', 'GateCalculator', 'MuxCalculator', 'PassThroughCalculator']

test('finds the name that was meant', () => {
  assert.is(nearest('TokenizerCalculater', calculators), 'TokenizerCalculator')
  assert.is(nearest('DetokeniserCalculator', calculators), 'DetokenizerCalculator')
  assert.is(nearest('input_straem', ['input_stream', 'output_stream']), 'input_stream')
  assert.is(nearest('inputStream', ['input_stream', 'output_stream']), 'input_stream')
  assert.is(nearest('max-in-flight', ['max_in_flight', 'source_layer']), 'max_in_flight')
  assert.is(nearest('SAMPLNG', ['TEXTS', 'SAMPLING']), 'SAMPLING')
  assert.is(nearest('text', ['texts', 'sampling']), 'texts')
})

test('a forgotten Calculator and differences of case are nothing', () => {
  assert.is(nearest('Gate', calculators), 'GateCalculator')
  assert.is(nearest('passthrough', calculators), 'PassThroughCalculator')
  assert.is(nearest('texts', ['TEXTS']), 'TEXTS')
})

test('suggests nothing rather than something absurd', () => {
  assert.is(nearest('MuteCalculator', ['GateCalculator', 'PassThroughCalculator']), undefined)
  assert.is(nearest('A', ['B', 'C']), undefined)
  assert.is(nearest('IN', ['UP']), undefined)
  assert.is(nearest('BODY', ['TEXTS', 'PAYLOAD']), undefined)
  assert.is(nearest('', ['A']), undefined)
  assert.is(nearest('x'.repeat(10_000), ['x'.repeat(9_999)]), undefined)
})

test('prefers the nearer of two, and never the name itself', () => {
  assert.is(nearest('TOKEN', ['TOKENIZER', 'TOKENS']), 'TOKENS')
  assert.is(nearest('TOKENS', ['TOKENS']), undefined)
})

test('counts changes, additions, omissions and exchanges of neighbours', () => {
  assert.is(editDistance('', 'abc'), 3)
  assert.is(editDistance('kitten', 'sitting'), 3)
  assert.is(editDistance('stream', 'straem'), 1)
  assert.is(editDistance('same', 'same'), 0)
  assert.is(editDistance('kitten', 'sitting', 2), Number.POSITIVE_INFINITY)
})

test.run()
