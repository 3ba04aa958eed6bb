import type { ImportProgress } from '../ingest/import.ts'
import { type ProgressDisplay, progressDisplay } from './progress.ts'

/** The progress of an import: how many records, how fast, how many of them rejected, and how long it still takes. */
export function importProgress(): ProgressDisplay<ImportProgress> {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1_000
  return progressDisplay({
    format: '{pace} · {file}',
    // As long as a size is not known, the bar stays empty.
    bar: (progress) => ({
      done: progress.bytes === null ? 0 : progress.bytesDone,
      of: progress.bytes ?? 0,
      values: { pace: paceOf(progress, seconds()), file: progress.file },
    }),
    line: (progress) => `${paceOf(progress, seconds())} · ${progress.filesDone} of ${progress.files} files`,
  })
}

/** Such as `12,000 records · 3,000/s · 2 rejected · 1 min 20 s left`. */
export function paceOf({ records, problems, bytes, bytesDone }: ImportProgress, seconds: number): string {
  const number = (value: number) => Math.round(value).toLocaleString('en')
  const parts = [`${number(records)} record${records === 1 ? '' : 's'}`, `${number(records / Math.max(seconds, 1))}/s`]
  if (problems > 0) parts.push(`${number(problems)} rejected`)
  // Before the first second it would be a guess.
  if (bytes !== null && bytesDone > 0 && seconds >= 1)
    parts.push(`${durationOf((seconds * Math.max(bytes - bytesDone, 0)) / bytesDone)} left`)
  return parts.join(' · ')
}

/** The two largest units, such as `1 h 5 min`. */
function durationOf(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`
}
