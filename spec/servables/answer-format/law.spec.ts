import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ToolChoice } from '../../../servables/answer-format/answer-format.ts'
import { reasoningFormats } from '../../../servables/answer-format/reasoning-formats.ts'
import { toolFormats } from '../../../servables/answer-format/tool-formats.ts'
import { type Formats, read, wish } from './reading.ts'
import { samples } from './texts.ts'

/** `text` in pieces, some of them empty. */
const cut = (text: string, places: readonly number[]): readonly string[] => {
  const at = [0, ...places.map((place) => Math.round(place * text.length)).toSorted((a, b) => a - b), text.length]
  return at.slice(1).map((end, index) => text.slice(at[index], end))
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })

/** All the ways that matter: piece by piece of any length, and character by character. */
const sameHoweverCut = (formats: Formats, text: string, cuts: readonly number[]) => {
  const unary = read(formats, [text])
  assert.equal(read(formats, cut(text, cuts)), unary, JSON.stringify(text))
  assert.equal(read(formats, text.split('')), unary, JSON.stringify(text))
}

const wishes = fc
  .record({ parallelToolCalls: fc.boolean(), toolChoice: fc.constantFrom<ToolChoice>('auto', 'required', { name: 'now' }) })
  .map(wish)

const reasonings = [undefined, ...reasoningFormats.map(({ names }) => names[0])]

/** What the format writes, bits of it, and what stands in other texts. */
const fragmentsOf = (name: string): readonly string[] => {
  const format = toolFormats.find(({ names }) => names.includes(name))
  const texts = samples.filter(({ tools }) => tools === name).map(({ text }) => text)
  const marks = JSON.stringify({ ...format, evidence: [], names: [] }).match(/<[^<>]*>|\[[A-Z_]+\]|functools/g) ?? []
  const bits = [
    ...marks,
    '{"name": "',
    '"arguments": ',
    'get_weather',
    'time_in',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '\\',
    ',',
    ':',
  ]
  return [
    ...texts,
    ...bits,
    ...bits,
    '; ',
    '=',
    '\n',
    ' ',
    '1.5',
    'True',
    'é',
    '😀',
    '<',
    '|',
    '<th',
    '<think>',
    '</think>',
    'word',
  ]
}

for (const { names } of toolFormats) {
  const [tools] = names
  const fragments = fragmentsOf(tools)

  test(`${tools}: a text says the same however it is cut`, () => {
    for (const { text, reasoning } of samples.filter((sample) => sample.tools === tools)) {
      for (let at = 0; at <= text.length; at++) sameHoweverCut({ tools, reasoning }, text, [at / text.length])
    }
  })

  test(`${tools}: so does one that the end cuts off, at any place`, () => {
    for (const { text, reasoning } of samples.filter((sample) => sample.tools === tools)) {
      for (let end = 0; end < text.length; end++) {
        const unary = read({ tools, reasoning }, [text.slice(0, end)])
        assert.equal(read({ tools, reasoning }, text.slice(0, end).split('')), unary, text.slice(0, end))
      }
    }
  })

  test(`${tools}: so does any mixture of what models write`, () => {
    const mixture = fc.array(fc.constantFrom(...fragments), { maxLength: 12 }).map((pieces) => pieces.join(''))
    const cutOff = fc.tuple(mixture, fc.nat(20)).map(([text, less]) => text.slice(0, text.length - less))
    fc.assert(
      fc.property(cutOff, places, fc.constantFrom(...reasonings), wishes, (text, cuts, reasoning, wish) => {
        sameHoweverCut({ tools, reasoning, wish }, text, cuts)
      }),
      { numRuns: 300 },
    )
  })
}

for (const { names, begin, end, answer } of reasoningFormats) {
  const [reasoning] = names
  test(`${reasoning}: reasoning is the same however it is cut`, () => {
    const bits = [...begin, ...end, answer.begin, answer.end, ' ', '\n', 'I think', '<', '😀', 'Here', '[', '<tool_call>']
    const mixture = fc.array(fc.constantFrom(...bits), { maxLength: 10 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(mixture, places, fc.boolean(), (text, cuts, isOpen) => {
        sameHoweverCut({ reasoning, prompt: isOpen ? `…${begin[0]}` : '' }, text, cuts)
      }),
      { numRuns: 300 },
    )
  })
}

test.run()
