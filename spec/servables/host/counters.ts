import { fileURLToPath } from 'node:url'
import type { EngineError } from '../../../engine/index.ts'
import type { Tenant } from '../../../servables/host/index.ts'
import type { CounterCommand } from '../../fixtures/host/counter.ts'

export type CounterTenant = Tenant<CounterCommand, number, 'stop', { opened: string }>

export const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/host/${name}`, import.meta.url))
/** The program of host processes that count. */
export const main = fixture('main.ts')

/** Counts to `to` as a job that goes on after a restart; resolves to the numbers received. */
export const count = (
  host: CounterTenant,
  to: number,
  more: () => Partial<CounterCommand> = () => ({}),
  seen?: (number: number) => void,
) =>
  new Promise<number[]>((resolve, reject) => {
    const numbers: number[] = []
    const handle = host.submit({
      command: () => ({ from: numbers.length, to, ...more() }),
      receive(number) {
        numbers.push(number)
        seen?.(number)
        if (numbers.length < to) return
        handle.end()
        resolve(numbers)
      },
      fail: reject,
    })
  })

export const upTo = (to: number) => Array.from({ length: to }, (_, number) => number)
export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: EngineError) => error.code,
  )
export const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise(setImmediate)
}
export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
