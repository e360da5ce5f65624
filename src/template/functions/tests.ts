/** All tests by name: what `x is odd`, `select('gt', 2)` and the like ask. Stock Jinja2's. */

import { Failure } from '../limits/failure.ts'
import { binary, comparison, contains, equals } from '../values/operators.ts'
import { pythonText } from '../values/python-format.ts'
import type { Builtin, Scheduler } from '../values/run.ts'
import { Callable, isList, isMapping, isNumber, lenient, type Runtime, Undefined } from '../values/values.ts'
import { define } from './call.ts'
import { isLower, isUpper } from './methods.ts'

function remainder(value: Runtime, divisor: Runtime): Runtime {
  if (typeof value === 'string') throw new Failure("a number is due, not 'str'")
  return binary('%', value, divisor)
}

function ordering(names: string, operator: '<' | '<=' | '>' | '>='): [string, Builtin][] {
  return define(`${names} other`, (_run, value, other = null) => comparison(operator, value, other))
}

function isIterable(value: Runtime): boolean {
  if (value instanceof Undefined) return lenient(value, true)
  return typeof value === 'string' || isList(value) || isMapping(value)
}

/** Tests that ask whether a filter or a test exists need to know them all, hence `engine`. */
export function makeTests(scheduler: Pick<Scheduler, 'hasFilter' | 'hasTest'>): ReadonlyMap<string, Builtin> {
  return new Map([
    ...define('defined', (_run, value) => !(value instanceof Undefined)),
    ...define('undefined', (_run, value) => value instanceof Undefined),
    ...define('none', (_run, value) => value === null),
    ...define('true', (_run, value) => value === true),
    ...define('false', (_run, value) => value === false),
    ...define('boolean', (_run, value) => typeof value === 'boolean'),
    ...define('integer', (_run, value) => typeof value === 'bigint'),
    ...define('float', (_run, value) => typeof value === 'number'),
    ...define('number', (_run, value) => isNumber(value)),
    ...define('string', (_run, value) => typeof value === 'string'),
    ...define('mapping', (_run, value) => isMapping(value)),
    ...define('sequence', (_run, value) =>
      value instanceof Undefined
        ? !value.strict
        : typeof value === 'string' || isList(value) || isMapping(value),
    ),
    ...define('iterable', (_run, value) => isIterable(value)),
    ...define('callable', (_run, value) => value instanceof Callable),
    ...define('escaped', () => false),
    ...define('odd', (_run, value) => equals(remainder(value, 2n), 1n)),
    ...define('even', (_run, value) => equals(remainder(value, 2n), 0n)),
    ...define('divisibleby num', (_run, value, num = null) => equals(remainder(value, num), 0n)),
    ...define('upper', (_run, value) => isUpper(pythonText(value))),
    ...define('lower', (_run, value) => isLower(pythonText(value))),
    ...define('in seq', (_run, value, seq = null) => contains(seq, value)),
    ...define('eq|equalto|== other', (_run, value, other = null) => equals(value, other)),
    ...define('ne|!= other', (_run, value, other = null) => !equals(value, other)),
    ...ordering('lt|lessthan|<', '<'),
    ...ordering('le|<=', '<='),
    ...ordering('gt|greaterthan|>', '>'),
    ...ordering('ge|>=', '>='),
    ...define('sameas other', (_run, value, other = null) => value === other),
    ...define('filter', (_run, value) => typeof value === 'string' && scheduler.hasFilter(value)),
    ...define('test', (_run, value) => typeof value === 'string' && scheduler.hasTest(value)),
  ])
}
