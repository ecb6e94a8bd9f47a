#!/usr/bin/env node
import { CommanderError } from 'commander'
import { EngineError } from '../engine/index.ts'
import { normalizeFlags } from './flags.ts'
import { program } from './program.ts'

/** What a shell expects of a command that was called wrongly (sysexits.h), and OVMS returns. */
const usageError = 64

// Whoever read the output may have gone: `ovms-ts schema graph | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

try {
  await program().parseAsync(normalizeFlags(process.argv.slice(2)), { from: 'user' })
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : usageError
  else {
    process.exitCode = 1
    const known = error instanceof EngineError && error.code !== 'internal'
    process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : error}\n`)
  }
}
