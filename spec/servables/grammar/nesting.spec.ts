import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { characters, choice, type Expression, optional, Rules, repeat, sequence, text } from '../../../servables/grammar/ebnf.ts'
import { nestingCost } from '../../../servables/grammar/nesting.ts'

const a = characters([0x61, 0x61])
const digit = characters([0x30, 0x39])
const any = characters([0, 0x10ffff])
const rule = (name: string): Expression => ({ type: 'rule', name })

const cost = (root: Expression, rules: Readonly<Record<string, Expression>> = {}): number =>
  nestingCost((name) => (name === 'root' ? root : rules[name]!))

const long = (of: Expression) => repeat(of, 1, 1000)

test('characters that may come more than 128 times in a row cost as often as they may, up to 256, and by how many they are', () => {
  assert.equal([cost(a), cost(any), cost(sequence(a, choice(a, digit)))], [0, 0, 0])
  assert.equal([cost(repeat(a, 0, 128)), cost(repeat(a, 0, 129)), cost(repeat(a, 0, 1000))], [0, 129, 256])
  assert.equal([cost(repeat(a)), cost(repeat(any, 5)), cost(repeat(a, 200))], [0, 0, 200])
  assert.equal([cost(repeat(digit, 0, 200)), cost(repeat(any, 0, 200)), cost(long(text('abc')))], [2000, 64 * 200, 256])
  assert.is(cost(sequence(long(a), choice(long(digit), a))), 11 * 256)
})

test('what is repeated more than 128 times around them multiplies, and nothing else does', () => {
  assert.is(cost(long(long(a))), 256 ** 2)
  assert.is(cost(long(sequence(text('x'), long(long(digit)), optional(long(a))))), 10 * 256 ** 3 + 256 ** 2)
  assert.is(cost(long(repeat(long(a), 0, 100))), 256 ** 2)
  assert.is(cost(long(long(long(sequence(a, digit))))), 0)
})

test('rules count once, where they cost most, and not within themselves', () => {
  const rules = { b: long(digit) }
  assert.is(cost(sequence(rule('b'), rule('b')), rules), 10 * 256)
  assert.is(cost(sequence(rule('b'), long(rule('b')), rule('b')), rules), 10 * 256 ** 2)
  assert.is(cost(long(rule('b')), { b: long(rule('c')), c: long(a) }), 256 ** 3)
  assert.is(cost(rule('b'), { b: sequence(long(a), long(rule('b'))) }), 256)
})

test('a chain of rules costs no stack', () => {
  const rules = new Rules()
  rules.define('root', rule('r0'))
  for (let index = 0; index < 50_000; index++) rules.define(`r${index}`, index === 49_999 ? a : rule(`r${index + 1}`))
  assert.is(rules.excess, undefined)
})

test.run()
