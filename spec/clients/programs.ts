import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** The interpreter of an environment that `environment.sh` has made. */
export function interpreter(environment: 'sdks' | 'frameworks' | 'schemathesis'): string {
  const { status, stdout } = spawnSync(join(import.meta.dirname, 'python/environment.sh'), [environment], { encoding: 'utf8' })
  if (status !== 0) throw new Error('There is no environment for Python yet; spec/clients/python/run.sh makes it.')
  return stdout.trim()
}

/** Runs a program to its end, with `input` as its standard input; what it wrote. */
export async function run(command: string, args: readonly string[], { input = '', env = {}, cwd = '.' } = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, cwd })
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { stdout, stderr, code: code as number | null }
}
