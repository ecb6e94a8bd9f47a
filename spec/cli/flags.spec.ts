import { Command } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addIgnoredFlags,
  addKindFlags,
  addModelFlags,
  addServerFlags,
  ignoredFlagWarnings,
  type ModelFlags,
  normalizeFlags,
  type ServerFlags,
  selectionOf,
} from '../../cli/flags.ts'

function parse(...args: string[]) {
  const command = addIgnoredFlags(addKindFlags(addServerFlags(addModelFlags(new Command().exitOverride()))))
  command.configureOutput({ writeErr: () => {} })
  return command.parse(normalizeFlags(args), { from: 'user' }).opts<ModelFlags & ServerFlags>()
}
const refuse = (message: string): never => {
  throw new Error(message)
}
const select = (...args: string[]) => selectionOf({ ...parse(...args) }, refuse)

test('hyphens and underscores are the same in flags, and stay what they are in values', () => {
  assert.equal(normalizeFlags(['--rest-port', 'a-b', '--model-name=x-y', '-o', '--', '--a-b']), [
    '--rest_port',
    'a-b',
    '--model_name=x-y',
    '-o',
    '--',
    '--a-b',
  ])
  assert.is(parse('--rest-port', '9000').rest_port, 9000)
  assert.is(parse('--rest_port=9000').rest_port, 9000)
})

test('listens to this machine alone unless told otherwise', () => {
  const flags = parse()
  assert.equal([flags.rest_port, flags.rest_bind_address, flags.allowed_origins], [8000, '127.0.0.1', undefined])
})

test('a number that is none is refused', () => {
  for (const port of ['x', '-1', '65536', '1.5', '']) assert.throws(() => parse('--rest_port', port))
})

test('metrics are told unless they are switched off, all of them or those of a list', () => {
  assert.equal([parse().metrics_enable, parse('--metrics_enable').metrics_enable], [undefined, true])
  assert.is(parse('--metrics-enable=false').metrics_enable, false)
  assert.throws(() => parse('--metrics_enable=maybe'))
  assert.equal(parse('--metrics_list', 'ovms_current_graphs, process_cpu_seconds_total').metrics_list, [
    'ovms_current_graphs',
    'process_cpu_seconds_total',
  ])
  assert.throws(() => parse('--metrics_list', 'ovms_requests'))
})

test("OVMS's flags without meaning here are warned about", () => {
  const warnings = ignoredFlagWarnings(parse('--port', '9000', '--target_device', 'CPU', '--rest_port', '1'))
  assert.is(warnings.length, 2)
  assert.match(warnings[0] ?? '', 'no gRPC')
})

test('options of a kind are flags', () => {
  assert.equal(select('--model_path', 'm', '--max_num_seqs', '4').options, { max_num_seqs: 4 })
  assert.is(select('--model_path', 'm').options, undefined)
  assert.throws(() => select('--max_num_seqs', '4'), /graph\.yaml/)
})

test('flags that exclude each other are refused', () => {
  assert.throws(() => select('--config', 'c', '--model_path', 'm'), /exclude/)
  assert.throws(() => select('--model_path', 'm', '--source_model', 's'), /exclude/)
  assert.throws(() => select('--config', 'c', '--model_repository_path', 'r'), /exclude/)
  assert.throws(() => select('--model_name', 'n'), /--model_path/)
  assert.is(select('--config_path', 'c').config, 'c')
  assert.equal([select('--source_model', 'o/n', '--model_repository_path', 'r').sourceModel], ['o/n'])
})

test.run()
