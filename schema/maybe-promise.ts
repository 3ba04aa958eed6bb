/** A value, or a promise of it. Waiting for a value that is there costs a tick for every field of every paper of a page. */
export type MaybePromise<T> = T | Promise<T>

/** Applies a function to a value, at once if the value is there. */
export const chain = <T, Result>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<Result>,
): MaybePromise<Result> => (value instanceof Promise ? value.then(next) : next(value))

/** Calls `run` the first time, and returns the same result every time. */
export function once<T>(run: () => MaybePromise<T>): () => MaybePromise<T> {
  let result: { value: MaybePromise<T> } | undefined
  return () => {
    result ??= { value: run() }
    return result.value
  }
}
