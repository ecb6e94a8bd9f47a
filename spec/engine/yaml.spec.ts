import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { checkYaml } from '../../engine/check-yaml.ts'
import type { Fault } from '../../engine/errors.ts'
import { faultsError, formatFault } from '../../engine/faults.ts'
import { readYaml } from '../../engine/yaml.ts'

const read = (text: string) => readYaml(text, 'test.yaml')
const brief = (faults: readonly Fault[]) => faults.map(({ code, line, column }) => `${code} ${line}:${column}`)
const check = (text: string, schema: z.ZodType) => brief(checkYaml(read(text).document!, schema).faults)

test('knows where each value and each key stands', () => {
  const { document } = read('a: 1\nb:\n  - x\n  - { c: [10, 20] }\n')
  assert.equal(document!.value, { a: 1, b: ['x', { c: [10, 20] }] })
  const at = (path: (string | number)[], part?: 'key') => {
    const { line, column } = document!.position(path, part)
    return `${line}:${column}`
  }
  assert.is(at(['a']), '1:4')
  assert.is(at(['a'], 'key'), '1:1')
  assert.is(at(['b', 1, 'c', 1]), '4:15')
  assert.is(at(['b', 1, 'c'], 'key'), '4:7')
  assert.is(at(['b', 1, 'nothing', 'here']), '4:5', 'the nearest part around it')
  assert.is(at([]), '1:1')
})

test('reads JSON, with positions', () => {
  const { document, faults } = read('{\n\t"model_config_list": [\n\t\t{"config": {"name": "a"}}\n\t]\n}')
  assert.equal(faults, [])
  assert.equal(document!.value, { model_config_list: [{ config: { name: 'a' } }] })
  assert.is(document!.position(['model_config_list', 0, 'config', 'name']).line, 3)
})

test('reports all syntax faults at once', () => {
  const { faults } = read('a: [1, 2\nb: "x" y\nc: }\n')
  assert.ok(faults.length >= 2)
  assert.ok(faults.every(({ code, line }) => code === 'syntax' && line > 0))
})

test('refuses what makes files ambiguous or dangerous', () => {
  assert.equal(brief(read('a: 1\nb: { c: 1, c: 2 }\na: 3\n').faults), ['duplicate_key 2:12', 'duplicate_key 3:1'])
  assert.equal(brief(read('__proto__: { admin: true }\n').faults), ['invalid_key 1:1'])
  assert.equal(brief(read('{ a: 1 }: 2\n').faults), ['invalid_key 1:1'])
  assert.equal(brief(read('a: !!js/function x\n').faults), ['syntax 1:4'])
  assert.equal(brief(read('a: 1\n---\nb: 2\n').faults), ['syntax 2:1'])
  assert.equal(brief(read('a: &x [1, *x]\n').faults), ['syntax 1:11'])
  assert.equal(brief(read('a: *nobody\n').faults), ['syntax 1:4'])
  assert.equal(brief(read(`a: ${'x'.repeat(1024 * 1024)}`).faults), ['too_large 0:0'])
})

test('merge keys are keys, also under YAML 1.1', () => {
  assert.equal(read('<<: { a: 1 }\nb: yes\n').document!.value, { '<<': { a: 1 }, b: 'yes' })
  assert.equal(read('%YAML 1.1\n---\n<<: { a: 1 }\nb: yes\n').document!.value, { '<<': { a: 1 }, b: 'yes' })
})

test('aliases are replaced, and bombs of them refused at once', () => {
  const { document } = read('a: &x { b: 1 }\nc: *x\n')
  assert.equal(document!.value, { a: { b: 1 }, c: { b: 1 } })
  assert.is(document!.position(['c', 'b']).line, 1, 'what an alias stands for is where its anchor is')
  const bomb = ['a0: &a0 [x, x]', ...Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)].join('\n')
  assert.equal(
    read(bomb).faults.map(({ code }) => code),
    ['too_large'],
  )
})

test('depth and size are bounded', () => {
  for (const text of ['['.repeat(100_000), '{ a: '.repeat(50_000), '- '.repeat(50_000), `[${'[1],'.repeat(30_000)}]`]) {
    assert.ok(read(text).faults.length > 0)
  }
  const wide = Array.from({ length: 40_000 }, (_, i) => `k${i}: 1`).join('\n')
  assert.equal(read(wide).faults, [])
})

test('a check reports every issue at its place', () => {
  const schema = z.object({
    name: z.string(),
    size: z.int().min(1),
    mode: z.enum(['fast', 'slow']),
    items: z.array(z.object({ id: z.number() })),
  })
  assert.equal(check('name: 3\nsize: 0\nmode: fats\nitems:\n  - id: x\n  - {}\n', schema), [
    'invalid_type 1:7',
    'invalid_value 2:7',
    'invalid_value 3:7',
    'invalid_type 5:9',
    'missing_key 6:5',
  ])
})

test('unknown keys are faults at any depth, with the nearest right key; loose objects and records take any', () => {
  const schema = z.object({
    settings: z.object({ batch_size: z.int().optional() }).optional(),
    list: z.array(z.union([z.string(), z.object({ a: z.number() })])).optional(),
    loose: z.looseObject({ a: z.number().optional() }).optional(),
    record: z.record(z.string(), z.object({ b: z.number().optional() })).optional(),
  })
  const text = 'settings: { batchsize: 1 }\nlist: [x, { a: 1, b: 2 }]\nloose: { q: 1 }\nrecord: { q: { c: 1 } }\nlst: []\n'
  const { faults } = checkYaml(read(text).document!, schema)
  assert.equal(brief(faults), ['unknown_key 1:13', 'unknown_key 2:19', 'unknown_key 4:16', 'unknown_key 5:1'])
  assert.match(faults[0]!.message, 'did you mean batch_size?')
  assert.match(faults[3]!.message, 'did you mean list?')
})

test('a union is judged by the branch that was meant', () => {
  const schema = z.object({ path: z.union([z.string(), z.object({ model: z.string() })]) })
  assert.equal(check('path: { model: 3 }', schema), ['invalid_type 1:16'])
  assert.equal(check('path: 3', schema), ['invalid_type 1:7'])
  const kinds = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a'), x: z.number() }),
    z.object({ kind: z.literal('b'), y: z.number() }),
  ])
  assert.equal(check('{ kind: a, x: 1, y: 2 }', kinds), ['unknown_key 1:18'])
})

test('a part of a document is checked as a whole one is', () => {
  const { document } = read('outer:\n  - { n: one }\n')
  assert.equal(brief(checkYaml(document!, z.object({ n: z.number() }), ['outer', 0]).faults), ['invalid_type 2:10'])
})

test('a fault is printed with its line and a caret; long lines are cut around it', () => {
  const [fault] = read('ab: 1\nab: 2').faults
  assert.is(formatFault(fault!), 'test.yaml:2:1: `ab` is given twice in the same map\n    ab: 2\n    ^')
  const long = read(`{ "x": "${'y'.repeat(1000)}", "x": 2, "z": "${'y'.repeat(1000)}" }`).faults[0]!
  const [, line, caret] = formatFault(long).split('\n')
  assert.ok(line!.length < 140)
  assert.is(line!.slice(caret!.indexOf('^'), caret!.indexOf('^') + 3), '"x"')
})

test('one error carries all faults', () => {
  const { faults } = read('a: 1\na: 2\nb: 1\nb: 2\n')
  const error = faultsError('bad_configuration', 'config.yaml cannot be used', faults)
  assert.is(error.code, 'bad_configuration')
  assert.is(error.where, 'test.yaml:2:1')
  assert.is(error.faults.length, 2)
  assert.match(error.message, 'test.yaml:4:1')
})

test('a key that no map may have is reported in the words of its schema', () => {
  const { document } = readYaml('{ good: 1, "bad key": 2 }', 'a.yaml')
  const schema = z.record(z.string().regex(/^\w+$/, 'a key is one word'), z.int())
  const [fault] = checkYaml(document!, schema).faults
  assert.equal([fault?.code, fault?.column, fault?.message], ['invalid_name', 12, '`bad key`: a key is one word'])
})

test.run()
