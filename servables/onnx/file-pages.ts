import { readFileSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { libc } from './native.ts'

/** MADV_DONTNEED. */
const DROP = 4
const madvise: (address: bigint, bytes: number, advice: number) => number = libc.func('madvise', 'int', [
  'uint64_t',
  'size_t',
  'int',
])

/**
 * Gives back the pages of a model's data files that are in this process's memory. ONNX Runtime maps the files, and most kernels read
 * their weights once, to arrange them as they multiply; what is read again comes back by itself. On Linux; nothing elsewhere.
 */
export function dropFilePages(model: string): void {
  if (process.platform !== 'linux') return
  const folder = realpathSync(dirname(model))
  for (const { address, bytes, file, isWritten } of mappings()) {
    if (!isWritten && dirname(file) === folder) madvise(address, bytes, DROP)
  }
}

interface Mapping {
  readonly address: bigint
  readonly bytes: number
  readonly file: string
  /** Whether it has pages that are no longer the file's: those would be lost. */
  readonly isWritten: boolean
}

/** Of files, in this process. */
function mappings(): Mapping[] {
  const regions = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
  return regions.flatMap((region) => {
    const [, from, to, file] = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ +(\/.*)/.exec(region) ?? []
    if (file === undefined) return []
    const address = BigInt(`0x${from}`)
    return [{ address, bytes: Number(BigInt(`0x${to}`) - address), file, isWritten: !/^Anonymous: +0 kB/m.test(region) }]
  })
}
