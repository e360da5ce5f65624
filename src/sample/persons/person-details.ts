/** What follows from who a person is: birth date, and a name in the letters of an address. */

import anyAscii from 'any-ascii'
import { present } from '../../base/errors/present.ts'
import type { Random } from '../../base/numbers/random.ts'
import { dateText, daysOfDate } from '../../base/values/moments.ts'

/** Of age: younger people have no phone number and no e-mail address. */
export const ADULT = 18

/** Without an owner (RFC 2606). */
export const emailDomains = ['example.com', 'example.net', 'example.org'] as const

/** A day, each equally likely, on which a person was born who is this old today. Those born on 29 February age on the 1st of March. */
export function birthDate(random: Random, age: number, today: string): string {
  const last = yearsBefore(today, age)
  const first = yearsBefore(today, age + 1) + 1
  return dateText(first + random.below(last - first + 1))
}

/** The same day of an earlier year; 28 February where that year has no 29th. */
function yearsBefore(today: string, years: number): number {
  const year = String(Number(today.slice(0, 4)) - years).padStart(4, '0')
  return daysOfDate(`${year}${today.slice(4)}`) ?? present(daysOfDate(`${year}-02-28`), 'days')
}

const spelled: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ə: 'e',
}

/** A name in the letters of an address; empty for a name in another script. */
export function latin(name: string): string {
  const plain = name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[ßæœøłđðþıə]/g, (letter) => spelled[letter] ?? letter)
    .replace(/[\p{M}\s'’`.-]/gu, '')
  return /^[a-z]+$/.test(plain) ? plain : ''
}

/** A name of any script in the letters of an address, as it sounds. */
export function spelledOut(name: string): string {
  return anyAscii(name)
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
}

/** The part before the @, made of two names that are there. @param shape one of five, from 0 */
export function userName(first: string, last: string, shape: number): string {
  const shapes = [
    `${first}.${last}`,
    `${first}${last}`,
    `${first[0]}.${last}`,
    `${first}_${last}`,
    `${last}.${first}`,
  ]
  return present(shapes[shape], 'shapes of names')
}
