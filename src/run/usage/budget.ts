/**
 * What a dataset may cost: money, tokens, requests, over all processes that ever worked on it.
 *
 * Owns:   who may send now. Never: what an answer was worth.
 * Rules:
 *   B1. A request is admitted when everything spent, everything in flight at its most, and itself at its most stay within
 *       every limit. So no limit is passed, as long as no request takes more than its most.
 *   B2. One that does not fit waits for what is in flight, which mostly takes less than its most. When nothing is in
 *       flight, it never will fit: the run stops, resumably. No request overtakes a waiting one.
 *   B3. What may have been paid for and was not seen counts as spent, at its most; so does an answer whose usage is unknown.
 *   B5. Where an answer took more than its most, as of a provider that does not keep to `max_tokens`, each request of its model counts so much
 *       more from then on.
 *   B4. Stored and reused answers cost nothing, and never come here.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { type Money, moneyAsNumber } from '../../base/numbers/money.ts'
import { onAbort } from '../../base/work/abort.ts'
import type { Usage } from '../../models/contract/contract.ts'
import type { TokenReservation } from '../../models/contract/request-size.ts'
import { type Ledger, lineOfAnswer, modelsIn, sumLedger } from './ledger.ts'
import type { Prices } from './prices.ts'

/** Null: no limit. */
export interface BudgetLimits {
  readonly cost: Money | null
  /** Input and output together. */
  readonly tokens: number | null
  readonly requests: number | null
}

/** What one of several blocks may cost: equal parts, rounded down, so that all together stay within the limits. @param count undefined: all of it */
export function limitsOfBlock({ cost, tokens, requests }: BudgetLimits, count = 1): BudgetLimits {
  const part = (limit: number | null) => (limit === null ? null : Math.floor(limit / count))
  return { cost: cost === null ? null : cost / BigInt(count), tokens: part(tokens), requests: part(requests) }
}

/** Of the limits that are set, what is not spent; null: no limit. */
export interface BudgetLeft {
  readonly cost: number | null
  readonly tokens: number | null
  readonly requests: number | null
}

interface Amount {
  readonly cost: Money
  readonly tokens: number
  readonly requests: number
}

const nothing: Amount = { cost: 0n, tokens: 0, requests: 0 }

interface Habit {
  inFlight: number
  /** How much more an answer took than its most, at worst. */
  over: Amount
}

interface Waiter {
  readonly model: string
  readonly most: Amount
  admit(): void
  refuse(error: RowsmithError): void
}

/** How a request ended: its usage; `nothing` was paid for; or `unseen`. */
export type Spending = Usage | 'nothing' | 'unseen'

export class Budget {
  readonly #limits: BudgetLimits
  readonly #prices: Prices
  readonly #limited: boolean
  readonly #waiting: Waiter[] = []
  readonly #spentBefore: Money
  #spent: Amount
  #reserved: Amount = nothing
  #inFlight = 0
  /** Rule B5, by model. */
  readonly #habits = new Map<string, Habit>()

  /**
   * @param spent so far, by all processes
   * @throws RowsmithError price_missing when money is limited and something was spent on a model without a price
   */
  constructor(limits: BudgetLimits, prices: Prices, spent: Ledger) {
    this.#limits = limits
    this.#prices = prices
    this.#limited = limits.cost !== null || limits.tokens !== null || limits.requests !== null
    const usedModels = modelsIn(spent)
    const sum = sumLedger(usedModels)
    const tokens = sum.input_tokens + sum.output_tokens + sum.unseen_input_tokens + sum.unseen_output_tokens
    this.#spentBefore = this.#spentOf(usedModels)
    this.#spent = { cost: this.#spentBefore, tokens, requests: sum.requests }
  }

  /** What the dataset cost so far, as far as there are prices. @param now what this process requested and got */
  cost(now: Ledger): number | null {
    if (!this.#prices.any) return null
    let spent = this.#spentBefore
    for (const [model, line] of modelsIn(now)) spent += this.#prices.paid(model, line) ?? 0n
    return moneyAsNumber(spent)
  }

  left(): BudgetLeft {
    const { cost, tokens, requests } = this.#limits
    const spent = this.#spent
    return {
      cost: cost === null ? null : Math.max(0, moneyAsNumber(cost - spent.cost)),
      tokens: tokens === null ? null : Math.max(0, tokens - spent.tokens),
      requests: requests === null ? null : Math.max(0, requests - spent.requests),
    }
  }

  /**
   * Takes leave to send a request: at once, then it returns nothing, or when the promise resolves.
   *
   * @throws RowsmithError budget_reached; the signal's reason when it fires first
   */
  take(model: string, most: TokenReservation, signal: AbortSignal): Promise<void> | undefined {
    if (!this.#limited) return undefined
    signal.throwIfAborted()
    const amount = this.#most(model, most)
    if (this.#waiting.length === 0 && this.#fits(model, amount)) {
      this.#reserve(model, amount)
      return undefined
    }
    if (this.#inFlight === 0) throw this.#reached(model, amount)
    return new Promise((resolve, reject) => {
      const forget = onAbort(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        reject(signal.reason)
      })
      const waiter: Waiter = {
        model,
        most: amount,
        admit: () => {
          forget()
          resolve()
        },
        refuse: (error) => {
          forget()
          reject(error)
        },
      }
      this.#waiting.push(waiter)
    })
  }

  /** Takes leave for a request that will be answered by a batch, if there is room now; nothing waits for it. */
  park(model: string, most: TokenReservation): boolean {
    if (!this.#limited) return true
    const amount = this.#most(model, most)
    if (this.#waiting.length > 0 || !this.#fits(model, amount)) return false
    this.#reserved = sum(this.#reserved, amount, 1)
    return true
  }

  /** A request that had leave is over. */
  settle(model: string, most: TokenReservation, spending: Spending): void {
    if (!this.#limited) return
    const reserved = this.#most(model, most)
    const spent = this.#amountOf(model, reserved, spending)
    const habit = this.#habitOf(model)
    this.#inFlight--
    habit.inFlight--
    this.#reserved = sum(this.#reserved, reserved, -1)
    this.#spent = sum(this.#spent, { ...spent, requests: 1 }, 1)
    habit.over = larger(habit.over, sum({ ...spent, requests: 1 }, reserved, -1))
    this.#admit()
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#fits(next.model, next.most)) {
        this.#waiting.shift()
        this.#reserve(next.model, next.most)
        next.admit()
      } else if (this.#inFlight === 0) {
        this.#waiting.shift()
        next.refuse(this.#reached(next.model, next.most))
      } else return
    }
  }

  #reserve(model: string, amount: Amount): void {
    this.#inFlight++
    this.#habitOf(model).inFlight++
    this.#reserved = sum(this.#reserved, amount, 1)
  }

  #habitOf(model: string): Habit {
    let habit = this.#habits.get(model)
    if (habit === undefined) {
      habit = { inFlight: 0, over: nothing }
      this.#habits.set(model, habit)
    }
    return habit
  }

  #fits(model: string, amount: Amount): boolean {
    let all = sum(sum(this.#spent, this.#reserved, 1), amount, 1)
    for (const { inFlight, over } of this.#habits.values()) all = sum(all, over, inFlight)
    const { cost, tokens, requests } = sum(all, this.#habitOf(model).over, 1)
    const { cost: maxCost, tokens: maxTokens, requests: maxRequests } = this.#limits
    return (
      (maxCost === null || cost <= maxCost) &&
      (maxTokens === null || tokens <= maxTokens) &&
      (maxRequests === null || requests <= maxRequests)
    )
  }

  #most(model: string, most: TokenReservation): Amount {
    const cost = this.#prices.most(model, most) ?? 0n
    return { cost, tokens: most.input + most.output, requests: 1 }
  }

  #amountOf(model: string, reserved: Amount, spending: Spending): Pick<Amount, 'cost' | 'tokens'> {
    if (spending === 'unseen' || (spending !== 'nothing' && spending.usageUnknown === true)) return reserved
    if (spending === 'nothing') return { cost: 0n, tokens: 0 }
    return {
      cost: this.#prices.paid(model, lineOfAnswer(spending)) ?? 0n,
      tokens: spending.inputTokens + spending.outputTokens,
    }
  }

  #spentOf(ledger: Ledger): Money {
    let spent = 0n
    for (const [model, line] of ledger) {
      const known = this.#prices.paid(model, line)
      if (known !== undefined) spent += known + (this.#prices.maybeCharged(model, line) ?? 0n)
      else if (line.requests > 0 && this.#limits.cost !== null) throw priceMissing(model)
    }
    return spent
  }

  #reached(model: string, amount: Amount): RowsmithError {
    const [limits, spent] = [this.#limits, this.#spent]
    const most = sum(amount, this.#habitOf(model).over, 1)
    const reached: string[] = []
    if (limits.cost !== null && spent.cost + most.cost > limits.cost) {
      reached.push(
        `${shown(spent.cost)} of ${shown(limits.cost)} are spent, and the next request may cost ${shown(most.cost)}`,
      )
    }
    if (limits.tokens !== null && spent.tokens + most.tokens > limits.tokens) {
      reached.push(
        `${spent.tokens} of ${limits.tokens} tokens are used, and the next request may take ${most.tokens}`,
      )
    }
    if (limits.requests !== null && spent.requests + 1 > limits.requests) {
      reached.push(`${spent.requests} of ${limits.requests} requests are sent`)
    }
    return new RowsmithError(
      'budget_reached',
      `The budget of the dataset is reached: ${reached.join('; ')}`,
      {
        facts: {
          model,
          max_cost: limits.cost === null ? null : moneyAsNumber(limits.cost),
          max_tokens: limits.tokens,
          max_requests: limits.requests,
          spent_cost: limits.cost === null ? null : moneyAsNumber(spent.cost),
          spent_tokens: spent.tokens,
          requests: spent.requests,
          ...raised(limits, sum(spent, most, 1)),
        },
      },
    )
  }
}

/** Money is limited, and the price of this model is unknown. */
export function priceMissing(model: string): RowsmithError {
  return new RowsmithError('price_missing', `A budget of money needs the price of ${model}`, {
    facts: { model },
  })
}

/** Part by part. */
function larger(one: Amount, other: Amount): Amount {
  const { cost } = other.cost > one.cost ? other : one
  const [tokens, requests] = [Math.max(one.tokens, other.tokens), Math.max(one.requests, other.requests)]
  return { cost, tokens, requests }
}

function sum(total: Amount, amount: Amount, times: number): Amount {
  return {
    cost: total.cost + BigInt(times) * amount.cost,
    tokens: total.tokens + times * amount.tokens,
    requests: total.requests + times * amount.requests,
  }
}

/** Limits that would let the run go on: of those that are reached, twice what they have to be. */
function raised({ cost, tokens, requests }: BudgetLimits, needed: Amount): Record<string, number> {
  return {
    ...(cost !== null && needed.cost > cost
      ? { raised_max_cost: roundedUp(2 * moneyAsNumber(needed.cost)) }
      : {}),
    ...(tokens !== null && needed.tokens > tokens ? { raised_max_tokens: roundedUp(2 * needed.tokens) } : {}),
    ...(requests !== null && needed.requests > requests
      ? { raised_max_requests: roundedUp(2 * needed.requests) }
      : {}),
  }
}

/** To two digits that count. */
function roundedUp(amount: number): number {
  const unit = 10 ** (Math.floor(Math.log10(amount)) - 1)
  return Number((Math.ceil(amount / unit) * unit).toPrecision(2))
}

function shown(amount: Money): string {
  return String(moneyAsNumber(amount))
}
