import { Presets, SingleBar } from 'cli-progress'
import { say } from './console.ts'

/** In milliseconds: how often progress is printed where there is no terminal to draw a bar on. */
const LINE_EVERY = 2_000

/** How progress is shown. */
interface ProgressForm<Progress> {
  /** The text of the bar, with `{name}` for each of its values. */
  format: string
  bar(progress: Progress): { done: number; of: number; values?: Record<string, string> }
  line(progress: Progress): string
}

/** Progress on stderr: a bar on a terminal, and elsewhere a line every few seconds. */
export interface ProgressDisplay<Progress> {
  show(progress: Progress): void
  /** Writes a line that stays. */
  say(line: string): void
  end(): void
}

export const progressDisplay = <Progress>(form: ProgressForm<Progress>): ProgressDisplay<Progress> =>
  process.stderr.isTTY ? progressBar(form) : progressLines(form)

function progressBar<Progress>({ format, bar }: ProgressForm<Progress>): ProgressDisplay<Progress> {
  const drawn = new SingleBar(
    { format: `{bar} {percentage}% · ${format}`, hideCursor: true, clearOnComplete: true, fps: 10 },
    Presets.shades_classic,
  )
  let begun = false
  return {
    show: (progress) => {
      const { done, of, values } = bar(progress)
      // With a total of 0 the bar would show 100 %.
      const total = Math.max(of, 1)
      if (!begun) drawn.start(total, done, values)
      begun = true
      drawn.setTotal(total)
      drawn.update(done, values)
    },
    // The bar is redrawn below the line.
    say: (line) => say(`\r\x1b[K${line}`),
    end: () => drawn.stop(),
  }
}

function progressLines<Progress>({ line }: ProgressForm<Progress>): ProgressDisplay<Progress> {
  let last = Date.now()
  return {
    show: (progress) => {
      if (Date.now() - last < LINE_EVERY) return
      last = Date.now()
      say(line(progress))
    },
    say,
    end: () => {},
  }
}
