import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SettledHeap } from '../../servables/heap.ts'
import { aged } from './settling.ts'

test('settling frees what nobody holds, also what has grown old', async () => {
  const found = await aged()
  new SettledHeap().settle()
  assert.is(found.deref(), undefined)
})

test('settling hands no collector to programs', () => {
  new SettledHeap().settle()
  assert.is('gc' in globalThis, false)
})

test('a heap that has grown settles by itself, once the process is at rest', async () => {
  const program = [...process.execArgv, join(import.meta.dirname, 'settling.ts')]
  const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 20_000 })
  assert.is(stdout, 'settled beside 200\n')
})

test.run()
