import { isAbsolute, relative, sep } from 'node:path'

/** Whether a path leads to something inside a folder, by the looks of the two: both absolute, symbolic links not followed. */
export function isBelow(folder: string, path: string): boolean {
  const steps = relative(folder, path)
  return steps !== '' && steps !== '..' && !steps.startsWith(`..${sep}`) && !isAbsolute(steps)
}
