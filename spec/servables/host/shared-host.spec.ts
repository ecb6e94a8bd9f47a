import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Host, type HostOptions } from '../../../servables/host/index.ts'
import type { CounterInit } from '../../fixtures/host/counter.ts'
import { type CounterTenant, codeOf, count, isAlive, main, until, upTo } from './counters.ts'

/** A host of counters, and what it logged. */
const hostOf = (options: Partial<HostOptions> = {}) => {
  const lines: string[] = []
  const log = (level: string, message: string) => lines.push(`${level} ${message}`)
  const host = new Host({ name: 'small', main, log, restartDelay: 1, ...options })
  const open = (name: string, init: CounterInit = {}, signal = new AbortController().signal): Promise<CounterTenant> =>
    host.open({ name, kind: 'counter', init, log, progress: () => {}, signal })
  return { lines, open }
}

let folder: string
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'shared-host-'))
})
test.after(() => rmSync(folder, { recursive: true }))

test('tenants have one process; its death interrupts the jobs of all, and all go on', async () => {
  const { lines, open } = hostOf()
  const [a, b] = [await open('a'), await open('b')]
  const { pid } = a
  assert.is(b.pid, pid)
  if (process.platform === 'linux') assert.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /^ovms-ts host small/)
  const kill = (number: number) => number === 100 && a.pid === pid && process.kill(pid!, 'SIGKILL')
  assert.equal(await Promise.all([count(a, 400, undefined, kill), count(b, 300), count(b, 350)]), [400, 300, 350].map(upTo))
  assert.is.not(a.pid, pid)
  assert.is(b.pid, a.pid)
  assert.match(lines.join(), 'error the host of a, b was killed by SIGKILL')
  await Promise.all([a.dispose(), b.dispose()])
  assert.not(isAlive(a.pid!))
})

test('a tenant that leaves is disposed of, and the others go on; the process ends with the last', async () => {
  const { lines, open } = hostOf()
  const [a, b] = [await open('a'), await open('b')]
  const pid = a.pid!
  const counting = count(b, 500)
  const cut = codeOf(count(a, 1e9))
  await count(a, 5)
  await a.dispose()
  assert.is(await cut, 'model_not_ready')
  assert.is(lines.filter((line) => line === 'info disposed').length, 1)
  assert.equal([a.healthy, b.healthy, b.pid], [false, true, pid])
  assert.is(await codeOf(count(a, 5)), 'model_not_ready')
  assert.equal(await counting, upTo(500))
  await b.dispose()
  assert.not(isAlive(pid))
  const c = await open('c')
  assert.is.not(c.pid, pid)
  assert.equal(await count(c, 5), upTo(5))
  await c.dispose()
})

test('a job at work in two crashes is tried alone among the jobs of all tenants', async () => {
  const { open } = hostOf()
  const [a, b] = [await open('a'), await open('b')]
  const neighbours = [count(b, 500), count(a, 400)]
  assert.is(await codeOf(count(b, 20, () => ({ at: 10, trouble: 'die' }))), 'internal')
  assert.equal(await Promise.all(neighbours), [upTo(500), upTo(400)])
  await a.dispose()
  await b.dispose()
})

test('a model that is refused leaves the others alone; one whose load kills interrupts them, and is not let in', async () => {
  const { open } = hostOf()
  const a = await open('a')
  const pid = a.pid!
  assert.is(await codeOf(open('b', { load: 'fail' })), 'bad_model')
  assert.is(a.pid, pid)
  const counting = count(a, 5000)
  assert.is(await codeOf(open('b', { load: 'die' })), 'bad_model')
  assert.equal(await counting, upTo(5000))
  assert.is.not(a.pid, pid)
  await a.dispose()
  assert.not(isAlive(a.pid!))
})

test('a load that is broken off leaves the others alone', async () => {
  const { open } = hostOf()
  const a = await open('a')
  const stop = new AbortController()
  const loading = codeOf(open('b', {}, AbortSignal.abort()))
  const other = codeOf(open('c', {}, stop.signal))
  stop.abort()
  assert.equal([await loading, await other], ['cancelled', 'cancelled'])
  assert.equal(await count(a, 50), upTo(50))
  await a.dispose()
})

test('a model that is refused after a restart is tried again beside the others, which work', async () => {
  const failsWith = join(folder, 'fails')
  const { open } = hostOf()
  const [a, b] = [await open('a', { failsWith }), await open('b')]
  writeFileSync(failsWith, '')
  process.kill(a.pid!, 'SIGKILL')
  const waiting = codeOf(count(a, 10))
  assert.equal(await count(b, 50), upTo(50))
  const { pid } = b
  assert.is(await waiting, 'model_not_ready')
  assert.equal([a.healthy, b.healthy], [false, true])
  rmSync(failsWith)
  await until(() => a.healthy)
  assert.equal(await count(a, 10), upTo(10))
  assert.is(b.pid, pid)
  await a.dispose()
  await b.dispose()
})

test('a model whose load kills every process is left out in the end, and the others live', async () => {
  const diesWith = join(folder, 'dies')
  const { lines, open } = hostOf()
  const [a, b] = [await open('a', { diesWith }), await open('b')]
  writeFileSync(diesWith, '')
  const waiting = codeOf(count(a, 1e9))
  process.kill(a.pid!, 'SIGKILL')
  assert.is(await waiting, 'model_not_ready')
  assert.equal(await count(b, 50), upTo(50))
  assert.equal([a.healthy, b.healthy], [false, true])
  assert.match(lines.join(), 'error a is no longer loaded')
  await a.dispose()
  assert.equal(await count(b, 50), upTo(50))
  await b.dispose()
})

test('a process that stands still, stopped from outside, is killed, and jobs go on in the next', async () => {
  const { lines, open } = hostOf({ hangAfter: 1000 })
  const [a, b] = [await open('a'), await open('b')]
  const { pid } = a
  const stop = (number: number) => number === 20 && a.pid === pid && process.kill(pid!, 'SIGSTOP')
  assert.equal(await Promise.all([count(a, 100, undefined, stop), count(b, 2000)]), [upTo(100), upTo(2000)])
  assert.is.not(a.pid, pid)
  assert.match(lines.join(), 'error the host of small has not answered for 1 s and is killed')
  await a.dispose()
  await b.dispose()
})

test.run()
