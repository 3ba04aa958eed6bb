import { messageOf } from '../../values/errors.ts'
import type { PaperEntry, Withdrawal } from '../entry.ts'
import type { InputProblem } from '../sources/input-files.ts'
import type { ReadResponse, SyncItem } from './remote-source.ts'

/** Parses the records of a response, and reports those that cannot be used. */
export function parseItems<Value>(
  { records, problems }: ReadResponse<Value>,
  name: string,
  parse: (value: Value) => PaperEntry | Withdrawal,
  report: (problem: InputProblem) => void,
): SyncItem[] {
  problems.forEach(report)
  return records.flatMap(({ position, value }) => {
    try {
      return [{ entry: parse(value), name, position }]
    } catch (error) {
      report({ file: name, position, reason: messageOf(error) })
      return []
    }
  })
}
