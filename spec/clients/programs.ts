import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** The interpreter of an environment that `environment.sh` has made; undefined: it hasn't. */
export function interpreter(environment: 'sdks' | 'frameworks'): string | undefined {
  const { status, stdout } = spawnSync(join(import.meta.dirname, 'python/environment.sh'), [environment], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** Runs a program to its end, with `input` as its standard input; what it wrote. */
export async function run(command: string, args: readonly string[], { input = '', env = {}, cwd = '.' } = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, cwd })
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { stdout, stderr, code: code as number | null }
}
