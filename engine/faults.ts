import { EngineError, type ErrorCode, type Fault } from './errors.ts'

/** Where what is wrong is told: faults, and warnings, with which a file can be used all the same. */
export interface Reports {
  readonly fault: (fault: Fault) => void
  readonly warning: (fault: Fault) => void
}

/** A line is shown up to this length, around the fault: a JSON file may be one line of a megabyte. */
const shownLength = 120
/** A message names this many faults; the rest are counted. `EngineError.faults` carries them all. */
const shownFaults = 50

/**
 * A fault as people read it: `graphs/chat.yaml:12:17: unknown calculator …`, the line, and a caret under the column.
 * A fault without a place (line 0) is its file and message.
 */
export function formatFault(fault: Fault): string {
  if (fault.line === 0) return `${fault.file}: ${fault.message}`
  const head = `${fault.file}:${fault.line}:${fault.column}: ${fault.message}`
  if (fault.source === undefined) return head
  const start = fault.column > shownLength - 20 ? fault.column - shownLength / 2 : 0
  const shown = fault.source.slice(start, start + shownLength)
  const line = `${start > 0 ? '…' : ''}${shown}${start + shownLength < fault.source.length ? '…' : ''}`
  const indent = line.slice(0, fault.column - 1 - start + (start > 0 ? 1 : 0)).replaceAll(/[^\t]/g, ' ')
  return `${head}\n    ${line}\n    ${indent}^`
}

/** Faults in the order of their places, each once: a subgraph that is used twice is not reported twice. */
export function sortFaults(faults: readonly Fault[]): Fault[] {
  const once = new Map<string, Fault>()
  for (const fault of faults) {
    const key = `${fault.file}:${fault.line}:${fault.column}:${fault.code}:${fault.message.replace(/ \(in .*\)$/, '')}`
    if (!once.has(key)) once.set(key, fault)
  }
  return [...once.values()].sort(
    (a, b) => Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line || a.column - b.column,
  )
}

/** One error for everything wrong with a file; `what` begins its message: `graph chat cannot be used`. */
export function faultsError(code: ErrorCode, what: string, faults: readonly Fault[]): EngineError {
  const shown = faults.slice(0, shownFaults).map(formatFault)
  if (faults.length > shown.length) shown.push(`… and ${faults.length - shown.length} more`)
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`
  const first = faults[0]
  return new EngineError(code, `${what}: ${count}\n${shown.join('\n')}`, {
    faults,
    ...(first !== undefined && { where: first.line === 0 ? first.file : `${first.file}:${first.line}:${first.column}` }),
  })
}
