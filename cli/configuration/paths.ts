import { stat } from 'node:fs/promises'
import { relative } from 'node:path'

/** A path as messages show it: from here, when it is below here. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') || short === '' ? path : short
}

export const isDirectory = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false

export const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false

/** In seconds since 1970; 0 for what doesn't exist. */
export const changedAt = async (path: string): Promise<number> =>
  Math.floor(((await stat(path).catch(() => undefined))?.mtimeMs ?? 0) / 1000)
