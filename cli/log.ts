import { existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { destination, type Logger, pino } from 'pino'
import { EngineError } from '../engine/index.ts'

/** A structured log: one JSON object a line. Bodies, prompts and keys are never put into it. */
export type Log = Logger

/** OVMS's levels. */
export const logLevels = ['TRACE', 'DEBUG', 'INFO', 'WARNING', 'ERROR'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogOptions {
  readonly level: LogLevel
  /** A file to append to; standard error unless given. */
  readonly path?: string | undefined
}

const names = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' } as const

/**
 * Opens the log. A disk that is full later costs lines, not the server.
 * @throws EngineError `bad_configuration` when the file can't be opened
 */
export function openLog({ level, path }: LogOptions): Log {
  const stream = destination(path === undefined ? 2 : openFile(path))
  let hasFailed = false
  stream.on('error', (error: Error) => {
    if (!hasFailed && path !== undefined) process.stderr.write(`The log can't be written to ${path}: ${error.message}\n`)
    hasFailed = true
  })
  return pino({ level: names[level], base: null, timestamp: () => `,"time":"${new Date().toISOString()}"`, formatters }, stream)
}

const formatters = { level: (label: string) => ({ level: label }) }

function openFile(path: string): number {
  try {
    makeDirectory(dirname(resolve(path)))
    return openSync(path, 'a')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('bad_configuration', `--log_path can't be written: ${why}`, { cause })
  }
}

/** Node's own way to make all directories of a path never ends where one can't be made, as below /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return
  makeDirectory(dirname(path))
  mkdirSync(path)
}
