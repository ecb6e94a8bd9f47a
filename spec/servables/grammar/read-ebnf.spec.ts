import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readRules } from '../../../servables/grammar/read-ebnf.ts'

test('a rule that no text could be is found, also amid others', () => {
  for (const [ebnf, endless] of [
    ['root ::= root', 'root'],
    ['root ::= "a" root', 'root'],
    ['root ::= []', 'root'],
    ['root ::= "a" x\nx ::= [] | [b]', undefined],
    ['root ::= "a" | "b" x\nx ::= ("c" x)+', 'x'],
    ['root ::= a\na ::= b{2,3}\nb ::= "x" a # not "y"', 'root'],
    ['root ::= "a" root | ""', undefined],
    ['root ::= list\nlist ::= "[" (list ("," list)*)? "]"', undefined],
    ['root ::= x{0,2} "a"\nx ::= x', 'x'],
    ['root ::= "a"\nunused ::= unused', undefined],
    ['root ::= ["\\]|(#] "::= root" # root', undefined],
    ['number ::= [0-9]+\nroot ::= number\n  | "-" number', undefined],
  ] as const)
    assert.is(readRules(ebnf)!.endless, endless, ebnf)
})

test('what it cannot read is left to the compiler', () => {
  for (const ebnf of [
    '',
    'root',
    'main ::= "a"',
    'root ::= "a',
    'root ::= ("a"',
    'root ::= "a")',
    'root ::= other',
    'root ::= a(=b)',
  ])
    assert.is(readRules(ebnf), undefined, ebnf)
  assert.is(readRules(`root ::= ${'('.repeat(10_000)}"a"${')'.repeat(10_000)}`), undefined)
})

test('reads how often what comes may come', () => {
  for (const [ebnf, isTooMuch] of [
    ['root ::= (("a"{1,1000} ";"){1,1000} ":"){1,1000}', true],
    ['root ::= b{200}\nb ::= c{ 200 , }\nc ::= [a-z]{1,200}', true],
    ['root ::= b{200}\nb ::= c{ 100 , }\nc ::= [a-z]+', false],
    ['root ::= (("a"{1,100} ";"){1,100} ":"){1,100}', false],
    ['root ::= "a"{1,100000}', false],
  ] as const)
    assert.is(readRules(ebnf)?.excess !== undefined, isTooMuch, ebnf)
})

test.run()
