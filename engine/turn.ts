/** Milliseconds that runs may work in one turn of the event loop before timers and sockets get theirs. */
const slice = 5

let began: number | undefined
const end = () => {
  began = undefined
}

/**
 * Whether all runs together have worked long enough in this turn of the event loop. The turn is the process's, so this is
 * the one thing that runs share. It begins with the first question after the loop has turned.
 */
export function turnIsLong(): boolean {
  if (began !== undefined) return performance.now() - began > slice
  began = performance.now()
  setImmediate(end)
  return false
}
