import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../../engine/index.ts'
import { Host, type HostOptions, type TenantOptions } from '../../../servables/host/index.ts'
import type { CounterInit } from '../../fixtures/host/counter.ts'
import { type CounterTenant, codeOf, count, fixture, isAlive, main, until, upTo } from './counters.ts'

const startCounter = (
  init: CounterInit = {},
  options: Partial<HostOptions & TenantOptions<CounterInit>> = {},
): Promise<CounterTenant> =>
  Host.start({
    name: 'some-model',
    kind: 'counter',
    main,
    init,
    log: () => {},
    progress: () => {},
    signal: new AbortController().signal,
    restartDelay: 1,
    ...options,
  })

let host: CounterTenant
test.before(async () => {
  host = await startCounter()
})
test.after(() => host.dispose())

test('jobs receive the events of their commands in order, many at a time', async () => {
  assert.equal(host.info, { opened: 'counter' })
  assert.equal(host.healthy, true)
  assert.equal(await Promise.all([count(host, 10), count(host, 200), count(host, 50)]), [upTo(10), upTo(200), upTo(50)])
})

test('the process carries the name of its model', async () => {
  if (process.platform === 'linux') {
    assert.match(readFileSync(`/proc/${host.pid}/cmdline`, 'utf8'), /^ovms-ts host some-model/)
  }
  assert.ok(isAlive(host.pid!))
})

test('jobs go on after their process was killed, with nothing missing and nothing twice', async () => {
  const first = host.pid
  const kill = (number: number) => number === 100 && host.pid === first && process.kill(first!, 'SIGKILL')
  const counts = await Promise.all([count(host, 400, undefined, kill), count(host, 300), count(host, 350)])
  assert.equal(counts, [upTo(400), upTo(300), upTo(350)])
  assert.is.not(host.pid, first)
})

test('a job that arrives while the process is away waits for the next', async () => {
  process.kill(host.pid!, 'SIGKILL')
  await until(() => !host.healthy)
  assert.equal(await count(host, 20), upTo(20))
})

test('an interrupt is left to the serving process, a termination ends the host in order', async () => {
  const log: string[] = []
  const host = await startCounter({}, { log: (_, message) => log.push(message) })
  const { pid } = host
  const interrupt = (number: number) => number === 10 && process.kill(pid!, 'SIGINT')
  assert.equal(await count(host, 200, undefined, interrupt), upTo(200))
  assert.is(host.pid, pid)
  process.kill(pid!, 'SIGTERM')
  await until(() => !host.healthy)
  assert.ok(log.includes('disposed'))
  assert.equal(await count(host, 20), upTo(20))
  await host.dispose()
})

test('a job that kills twice is tried alone and fails; the others complete', async () => {
  const poison = codeOf(count(host, 20, () => ({ at: 10, trouble: 'die' })))
  const neighbours = [500, 400, 300].map((to) => count(host, to))
  assert.is(await poison, 'internal')
  assert.equal(await Promise.all(neighbours), [upTo(500), upTo(400), upTo(300)])
  assert.equal(await count(host, 5), upTo(5))
})

test('a job that hangs, or stands still, in one process goes on in the next', async () => {
  const host = await startCounter({}, { hangAfter: 500 })
  for (const trouble of ['hang', 'stall'] as const) {
    const { pid } = host
    const troubles = [{ at: 5, trouble }]
    assert.equal(await count(host, 100, () => troubles.pop() ?? {}), upTo(100))
    assert.is.not(host.pid, pid)
  }
  await host.dispose()
})

test('a job whose one run takes longer than a host may be silent is left to it', async () => {
  const host = await startCounter({}, { hangAfter: 1000 })
  const { pid } = host
  const began = performance.now()
  assert.equal(await count(host, 10, () => ({ at: 5, trouble: 'compute' })), upTo(10))
  assert.ok(performance.now() - began > 1500, 'it was a long run')
  assert.is(host.pid, pid)
  await host.dispose()
})

test('a message stops the work on a job', async () => {
  let received = 0
  await new Promise<void>((resolve) => {
    const handle = host.submit({
      command: () => ({ from: 0, to: 1e9 }),
      receive() {
        if (++received !== 10) return
        handle.send('stop')
        handle.end()
        resolve()
      },
      fail: () => {},
    })
  })
  assert.equal(await count(host, 100), upTo(100))
  assert.is(received, 10)
})

test('what the kind refuses fails that job alone', async () => {
  const neighbour = count(host, 200)
  assert.is(await codeOf(count(host, 10, () => ({ trouble: 'throw' }))), 'invalid_value')
  assert.is(await codeOf(count(host, 10, () => ({ at: 5, trouble: 'fail' }))), 'invalid_value')
  assert.equal(await neighbour, upTo(200))
})

test('a job whose command or receiver throws fails alone', async () => {
  const neighbour = count(host, 200)
  const throws = () => {
    throw new EngineError('invalid_value', 'not so')
  }
  assert.is(await codeOf(count(host, 10, throws)), 'invalid_value')
  assert.is(await codeOf(count(host, 10, undefined, throws)), 'invalid_value')
  assert.equal(await neighbour, upTo(200))
})

test('a model that cannot be loaded rejects with the reason, and is not tried for ever', async () => {
  const loads = [
    startCounter({ load: 'fail' }),
    startCounter({ load: 'fail with a code' }),
    startCounter({ load: 'die' }),
    startCounter({}, { kind: 'unheard' }),
  ]
  assert.equal(await Promise.all(loads.map(codeOf)), ['bad_model', 'bad_configuration', 'bad_model', 'bad_configuration'])
})

test('a process that dies over its first load is started again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'host-'))
  const log: string[] = []
  const host = await startCounter(
    { dieUnless: join(directory, 'died') },
    { log: (level, message) => log.push(`${level} ${message}`) },
  )
  assert.equal(await count(host, 3), upTo(3))
  assert.match(log.join(), /error the host of some-model was killed by SIGKILL/)
  await host.dispose()
  rmSync(directory, { recursive: true })
})

test('an abort ends the load', async () => {
  const controller = new AbortController()
  const progress = () => controller.abort()
  assert.is(await codeOf(startCounter({ load: 'never end' }, { signal: controller.signal, progress })), 'cancelled')
  assert.is(await codeOf(startCounter({}, { signal: AbortSignal.abort() })), 'cancelled')
})

test('progress, log lines and what the process prints reach the serving process', async () => {
  const progress: string[] = []
  const log: string[] = []
  const host = await startCounter(
    { says: 'hello' },
    { progress: ({ phase }) => progress.push(phase), log: (level, message) => log.push(`${level} ${message}`) },
  )
  await host.dispose()
  assert.equal(progress, ['opening'])
  assert.ok(log.includes('info hello'))
  assert.ok(log.includes('info disposed'))
})

test('jobs stop waiting for a model that cannot be loaded again, until it can', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'host-spec-'))
  const failsWith = join(folder, 'fails')
  const host = await startCounter({ failsWith })
  writeFileSync(failsWith, '')
  process.kill(host.pid!, 'SIGKILL')
  assert.is(await codeOf(count(host, 1e9)), 'model_not_ready')
  assert.is(host.healthy, false)
  assert.is(await codeOf(count(host, 10)), 'model_not_ready')
  rmSync(folder, { recursive: true })
  assert.not(existsSync(failsWith))
  await until(() => host.healthy)
  assert.equal(await count(host, 10), upTo(10))
  await host.dispose()
})

test('dispose fails the jobs at work and leaves nothing behind', async () => {
  const before = process.getActiveResourcesInfo().length
  const host = await startCounter()
  const { pid } = host
  const running = codeOf(count(host, 1e9))
  await count(host, 5)
  await Promise.all([host.dispose(), host.dispose()])
  assert.is(await running, 'model_not_ready')
  assert.is(await codeOf(count(host, 5)), 'model_not_ready')
  assert.not(isAlive(pid!))
  await until(() => process.getActiveResourcesInfo().length <= before)
})

test('dispose during a restart leaves nothing behind', async () => {
  const host = await startCounter({}, { restartDelay: 60_000 })
  const { pid } = host
  process.kill(pid!, 'SIGKILL')
  await until(() => !host.healthy)
  await host.dispose()
  assert.not(isAlive(host.pid!))
})

test('a host does not outlive its parent, however that ends', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const parent = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), fixture('parent.ts'), String(address.port)])
  const [connection] = await once(server, 'connection')
  connection.on('error', () => {})
  connection.resume()
  parent.kill('SIGKILL')
  await once(connection, 'close')
  assert.ok(connection.destroyed)
  server.close()
})

test.run()
