import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { Progress } from '../servables/index.ts'
import type { Log } from './log.ts'

export interface LoadProgress {
  update(model: string, progress: Progress): void
  end(): void
}

/** Shows how far models are loaded: bars on a terminal, else a log line for every phase. */
export function loadProgress(stream: NodeJS.WriteStream, log: Log): LoadProgress {
  return stream.isTTY ? bars(stream) : lines(log)
}

function bars(stream: NodeJS.WriteStream): LoadProgress {
  const multi = new MultiBar(
    { stream, format: '{model}  {bar}  {percentage}%  {phase}', hideCursor: true, clearOnComplete: true },
    Presets.shades_grey,
  )
  const shown = new Map<string, SingleBar>()
  return {
    update(model, { phase, done, total }) {
      const bar = shown.get(model) ?? multi.create(total, 0, { model, phase })
      shown.set(model, bar)
      bar.setTotal(total)
      bar.update(done, { model, phase })
    },
    end: () => multi.stop(),
  }
}

function lines(log: Log): LoadProgress {
  const phases = new Map<string, string>()
  return {
    update(model, { phase }) {
      if (phases.get(model) === phase) return
      phases.set(model, phase)
      log.info({ model, phase }, 'loading')
    },
    end: () => {},
  }
}
