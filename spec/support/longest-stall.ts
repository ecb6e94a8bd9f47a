/** Runs `work`, and tells for how long nothing else could run at most, in ms. */
export async function longestStall<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly stall: number }> {
  let stall = 0
  let last = performance.now()
  const tick = () => {
    const now = performance.now()
    stall = Math.max(stall, now - last)
    last = now
  }
  const timer = setInterval(tick, 1)
  try {
    const result = await work()
    tick()
    return { result, stall }
  } finally {
    clearInterval(timer)
  }
}
