import { type DestinationStream, destination, type Logger, pino } from 'pino'

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

export function openLog({ level, path }: LogOptions): Log {
  const stream: DestinationStream = destination(path === undefined ? 2 : { dest: path, append: true, mkdir: true })
  return pino({ level: names[level], base: null, timestamp: () => `,"time":"${new Date().toISOString()}"`, formatters }, stream)
}

const formatters = { level: (label: string) => ({ level: label }) }
