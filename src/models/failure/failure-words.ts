/**
 * What a provider says in an error, as kinds: each is a pattern for the names it gives the error (code, type, status, reason)
 * and one for its sentence. Wordings are those of public bug reports; `src/testing/providers/odd-errors.ts` holds them as data.
 *
 * Owns:   words. Never: decides what follows from them (`failure-table.ts` does).
 * Rules:
 *   1. Only what the provider says itself is looked at: what it quotes of the request is taken out before (`quoted-request.ts`).
 *   2. A name decides sooner than a sentence: it is chosen by the provider alone.
 */

/** What an error says. */
export interface ErrorWords {
  /** Code, type, status and reasons, with spaces between. */
  readonly names: string
  /** Its own sentence, without what it quotes. */
  readonly sentence: string
  /** How long it says to wait; null when it does not say. */
  readonly retryAfterMs?: number | null
  /** Whether the body is a page for people, as proxies and gateways answer. */
  readonly isPage?: boolean
}

/** A longer wait is no limit per minute. */
const LONGEST_MOMENT_MS = 15 * 60_000

const ofMinutes =
  /(per|\/) ?[_-]?(minute|second|min|sec)\b|per_(minute|second)|Per(Minute|Second)|\b[RTI]PM\b|rate limit specific|(retry|try again) in \d+(\.\d+)?( ?s\b| ?ms\b| seconds)/i
const throttlingName = /^throttling|\.throttling|ThrottlingException/i

const quotaNames =
  /insufficient_(user_)?(quota|balance|credits?|funds)|exceeded_current_quota|billing_(error|hard_limit|not_active)|budget_exceeded|ExceededBudget|quota_exhausted|payment_required|out_of_credits|credits?_(exhausted|depleted)|\bArrearage\b|AccountOverdue|InsufficientBalance|account_(deactivated|suspended|overdue)|FreeTierOnly|SetLimitExceeded|quota_failed|(usage|spend(ing)?|budget|daily|weekly|monthly|key)_limit_(reached|exceeded)|access_terminated/i
/** Balances and limits of accounts in other languages. */
const foreignQuota = [
  /余额不足|额度不足|额度失败|额度已|额度用|欠费|使用上限|用户余额|配额.{0,6}(用完|不足|耗尽|已)|请充值|资源包/,
  /残高.{0,6}(不足|ありません)|クレジット.{0,8}(不足|ありません)|利用上限|利用枠/,
  /잔액.{0,4}부족|크레딧.{0,6}(부족|소진)|사용 ?한도/,
  /guthaben.{0,30}(nicht|aufgebraucht|leer|zu niedrig)|kontingent.{0,20}(erschöpft|aufgebraucht|überschritten)/,
  /(crédits?|solde|fonds|quota).{0,20}(insuffisant|épuisé|dépassé)/,
  /(saldo|crédito?s?|créditos|fondos|cuota|cota|credito|quota).{0,20}(insuficiente|insufficiente|agotad|esgotad|esaurit|superad|excedid)|fondos insuficientes/,
  /недостаточно (средств|кредитов)|баланс.{0,20}(недостаточ|исчерпан|отрицательн)|(квота|лимит).{0,20}исчерпан/,
]
const quotaPattern = [
  /insufficient[_ ]((account|paid|user)[_ ])?(quota|credits?|balance|funds)/,
  /(balance|quota|credits?|funds) (is|are) (insufficient|not enough|too low|negative)|balance is too low/,
  /exceeded your (\w+ )?(quota|included credits)|quota (is |has been |was )?(exceeded|exhausted|used up|reached)/,
  /(limit|quota)[a-z_ ]*: 0\b/,
  /((out of|no more|not enough|more|remaining)|used (up )?(all )?(your |its |the )?(available|monthly)?) ?credits|credits? (limit|balance|quota)? ?(has been |have been |are |is )?(exceeded|exhausted|depleted|used up|expired|reached|required)/,
  /billing[_ ]hard[_ ]limit|billing (is )?not active|check your billing\b(?! details)/,
  /\b(spend|spending|usage|budget|key|monthly|weekly|daily|credit|cost|inference) (limits?|cap|quota|allowance|allocation)( \w+)? ?(has been |have been |was |is |were )?(exceeded|reached|hit|exhausted|used up)/,
  /(exceed(ed|s)?|reach(ed)?|hit|crossed|over|used up) (\w+ ){0,4}(spend|spending|usage|budget|credit|inference|cost|monthly|weekly|daily|api usage) ?(limits?|caps?|budget|quota|allowance|allocation|credits)/,
  /budget has been exceeded|exceeded budget|crossed budget|over budget|budget (was |is )?(exceeded|exhausted|reached)|monthly spend\b/,
  /(account|organization|project|team|subscription)\b.{0,80}\b(suspended|deactivated|overdue|in arrears)|not in good standing|is in good standing/,
  /\b(credits?|balance|funds|wallet|quota|budget|allowance|allotment)\b( \w+){0,3} (is |are |was |were |has been |have been |been )?(fully )?(consumed|depleted|exhausted|spent|insufficient|at 0|is 0|0\b|negative|used up)/,
  /\b(no|zero|consumed|exhausted|exceed(ed|s)?|hit|reached)( \w+%?){0,5} (credits?|funds|balance|budget|allotment|spend(ing)? limit)\b(?! tier)/,
  /\b(spend(ing)?|budget|credit|usage)( limit| cap)?( for [\w ]+)? (is |was |has been )?(hit|reached|exhausted)\b|max(imum)? budget\b/,
  /payment (is )?required|add (a )?(payment method|funds|credits)(?!.{0,40}\b(increase|raise|higher|unlock))|free trial (has |is )?(ended|over|expired)|trial (has |is )?(ended|expired)|subscription (is |has )?(inactive|expired|ended|cancell?ed)/,
  /hit your (?!rate|request|token|concurren)(\w+ )?limit|out of (extra )?usage|usage limit (has been )?reached/,
  ...foreignQuota,
]

/** Days, weeks and months in other languages, next to a limit. */
const foreignDays =
  /今日|当日|本日|毎日|每日|每天|本月|当月|今月|每月|(일일|하루|이번 ?달|월간).{0,12}한도|(täglich|monatlich|tages|monats)\w*(limit|kontingent| limit| kontingent)|(limite|quota).{0,12}(quotidien|journali|mensuel|giornalier|mensil)|(límite|limite|cuota|cota).{0,12}(diari|diári|mensual|mensal)|(дневн|суточн|месячн)\S* (лимит|квот)/i
const ofDays =
  /per[ _-]?(day|week|month)\b|Per(Day|Week|Month)|ByDay|(\/|a) ?(day|month)\b.{0,20}(limit|quota|exceed|reach)|calls? ?\/ ?(day|week|month)|\b(daily|weekly|monthly)\b.{0,40}\b(limits?|quota|allowance|allocation|cap|tokens|requests|usage)|\b(limit|quota|allowance|allocation)\b.{0,30}\b(today|this (week|month))|\b[RT]PD\b|\d+[- ]hour (usage )?limit|free_tier_daily|(per|in|of|every|\/) ?24 ?h(ours?|rs?)?\b/i
/** What is left of a quota is no quota that is used up. */
const stillLeft =
  /(\d[\d,]* of [\d,]+ )?\b(daily|weekly|monthly)\b[^.;]{0,40}?\b(remaining|left)\b(: ?[1-9][\d,]*)?|\b(remaining|left)\b[^.;]{0,20}\b(today|this (week|month))\b/gi

const neverFitsPattern =
  /(request|prompt|input|message|payload|context) (is )?too (large|long|big)\b|must be reduced|reduce (your|the) (\w+ )?(message|prompt|input|length|request|context)|extra usage is required for long context|larger than the (maximum|limit)|exceeds?\b.{0,60}\b(for|in) (a|one) single request/i
const contextNames = /context_?(length|window)|string_above_max_length|request_too_large|too_many_tokens/i
const contextPattern =
  /context[_ ](length|window|size|limit)|maximum context|max(imum)?_?(model|seq(uence)?)_?len|too many (input )?tokens\b|input (tokens?|length).{0,60}(exceed|too (many|long)|longer)|tokens? (count )?(\(?\d+\)? )?exceeds? the (maximum|limit)|maximum (number of )?(input |prompt )?tokens|reduce the length|(prompt|input|context|message)\b.{0,40}\b(is )?(too long|exceeds? (the )?(max|limit))|range of input length|max_new_tokens`? must be|exceeds? max(imum)? (length|input)|(长度|上下文|token数?|输入).{0,12}(超过|超出|超长|过长|上限|最大)|(too many|入力).{0,8}(トークン|長すぎ)|zu lang|trop long|demasiado larg|слишком длинн/i

const keyNames = /invalid_(x_)?api_?key|API_KEY_(INVALID|EXPIRED)|InvalidApiKey|authentication_error/i
/** Google and xAI answer 400 to a wrong key. */
const keyPattern = /api[_ ]key[_ ](is )?(not valid|invalid|expired)|(invalid|incorrect) (x-)?api[-_ ]key/i

const policyNames =
  /content_?(filter|policy)|ResponsibleAIPolicyViolation|DataInspectionFailed|moderation|sensitive_words|PROHIBITED_CONTENT|safety/i
const policyPattern =
  /content[_ ](filter|policy|management policy)|content_policy_violation|moderation|flagged|safety system|content exists risk|inappropriate content|considered high risk|敏感|违规|不合规|blocked by (our |the )?(safety|guardrail|content|policy)|safety filter|usage polic(y|ies)|guardrails?\b.{0,40}\b(blocked|violat|triggered|intervened)/i

const modelNames =
  /model_?not_?(found|exist|supported)|DeploymentNotFound|(invalid|unknown)_model\b|model_decommissioned|no_such_model/i
const modelPattern =
  /\b(model|deployment)s?[ /](name |id )?([`'"“‘(]?[\w./:@…-]+[`'"”’)]?,? )?(does not exist|doesn't exist|not exist|(is |was )?not found|has been decommissioned|is not supported by any provider)\b|\bmodels\/\S+ is not found|not a valid model\b|no such model\b|\bmodel (id|identifier|name)\b[^.]{0,30}\bis (invalid|unknown|not valid)|\b(invalid|unknown|unsupported) model( name| id| identifier)?\b(?! (output|parameters?|inputs?|responses?|settings?))/i

const throttledNames = /throttl|rate_?limit|too_?many_?requests|slow_?down|RESOURCE_EXHAUSTED/i
const throttledPattern =
  /throttl|too many (concurrent |simultaneous |parallel )?requests|\brate[- ]?limit(s|ed|ing)?\b|slow down|concurrency limit|(quota|limit).{0,60}\bper (minute|second)\b|qps|request limit reached|过于频繁|请求频率|速率限制|限流|请求过多|リクエストが多|요청이 너무 많|zu viele anfragen|trop de requêtes|demasiadas solicitudes|слишком много запросов/i
const passingNames = /overloaded|UNAVAILABLE|server_error|internal_error|CANCELLED|ABORTED/
const passingPattern =
  /overloaded|server is busy|at capacity|temporarily (unavailable|limited|overloaded|down)|\bnot (yet )?ready\b|warming up|still loading|(model|server) is (currently )?(loading|starting|being loaded)|cold start|(try again|retry) (later|shortly|in a)|high demand|please (retry|try again)(?! (with|using|after))|upstream request failed|服务繁忙|系统繁忙|稍后(再试|重试)|混雑|잠시 후|später (erneut|noch einmal)|réessay|inténtelo|позже/i
/** What a model wrote, and the provider could not use: another try may be better. */
const spoiltNames = /json_validate_failed|tool_use_failed|output_parse_failed/i

/** Those who stand before a server, and look at who comes. */
const gate =
  /cloudflare|cloudfront|akamai|incapsula|imperva|sucuri|just a moment|attention required|checking your browser|captcha|ddos|verify you are human|blocked/i

/** A server that was spoken to without TLS, and wants it. */
const plainToTls =
  /plain HTTP (request )?(was sent )?to (an )?(HTTPS|SSL|TLS)|HTTP request (was sent )?to (an )?HTTPS|speaking plain HTTP to an SSL|plain HTTP request was sent/i
const noSuchRoute =
  /unexpected endpoint|no route|unknown (route|path|endpoint|url)|invalid url\b|cannot post \/|\bpage not found|^(detail: )?not found\.?$/i

/** `Limit 30000, Requested 36278`: a request that is larger than its limit never fits. */
function exceedsTheLimit(sentence: string): boolean {
  const found =
    /limit[\s:~=]*([\d,]+).{0,60}?requested[\s:~=]*([\d,]+)/i.exec(sentence) ??
    /(?:limit|maximum)[\s:~=]*(?:of |is )?([\d,]+).{0,60}?request(?:ed)? (?:of |has |needs |for |requires )*([\d,]+)/i.exec(
      sentence,
    )
  if (found !== null) return numberOf(found[2]) > numberOf(found[1])
  const larger =
    /([\d,]+)(?: tokens?)?\)?(?: is| are)? (?:larger|greater|more) than .{0,40}?limit(?: of)?[\s:]*([\d,]+)|tokens?(?: count)?:? \(?([\d,]+)\)? exceeds? .{0,30}?limit(?: of)?[\s:]*([\d,]+)/i.exec(
      sentence,
    )
  if (larger !== null) return numberOf(larger[1] ?? larger[3]) > numberOf(larger[2] ?? larger[4])
  const other = /requested[\s:~=]*([\d,]+)(?: tokens)?.{0,60}?limit[\s:~=]*(?:of |is )?([\d,]+)/i.exec(
    sentence,
  )
  return other !== null && numberOf(other[1]) > numberOf(other[2])
}

function numberOf(text = ''): number {
  return Number(text.replaceAll(',', ''))
}

function neverFits({ names, sentence }: ErrorWords): boolean {
  if (exceedsTheLimit(sentence)) return true
  if (/peak load|high demand/i.test(sentence)) return false
  return neverFitsPattern.test(sentence) || /request_too_large/i.test(names)
}

function saysQuota({ names, sentence }: ErrorWords): boolean {
  if (quotaNames.test(names)) return true
  const perMinute = ofMinutes.test(sentence) || ofMinutes.test(names) || throttlingName.test(names)
  if (perMinute && !/limit: 0\b/.test(sentence)) return false
  // How long a model may think is no account.
  if (/\b(thinking|reasoning)[ _.]?budget/i.test(sentence)) return false
  const lower = sentence.toLowerCase()
  return /quota_exceeded/i.test(names) || quotaPattern.some((pattern) => pattern.test(lower))
}

/** The kinds that the table of failures knows, by the words it shows. */
export const words = {
  'a request that never fits': neverFits,
  'an exhausted quota': saysQuota,
  'a quota of days': ({ names, sentence }: ErrorWords) => {
    const said = sentence.replace(stillLeft, '')
    return ofDays.test(said) || foreignDays.test(said) || ofDays.test(names)
  },
  'a wait of over 15 minutes': ({ retryAfterMs = null }: ErrorWords) =>
    retryAfterMs !== null && retryAfterMs > LONGEST_MOMENT_MS,
  'a wrong key': ({ names, sentence }: ErrorWords) => keyNames.test(names) || keyPattern.test(sentence),
  'a content policy': ({ names, sentence }: ErrorWords) =>
    policyNames.test(names) || policyPattern.test(sentence),
  'an unknown model': ({ names, sentence }: ErrorWords) =>
    modelNames.test(names) || modelPattern.test(sentence),
  'the context window': (said: ErrorWords) =>
    neverFits(said) || contextNames.test(said.names) || contextPattern.test(said.sentence),
  throttled: ({ names, sentence }: ErrorWords) =>
    throttledNames.test(names) || throttledPattern.test(sentence),
  'a passing fault': ({ names, sentence }: ErrorWords) =>
    passingNames.test(names) || spoiltNames.test(names) || passingPattern.test(sentence),
  'a page of a gate': ({ isPage = false, sentence }: ErrorWords) => isPage && gate.test(sentence),
  'plain HTTP at a TLS port': ({ sentence }: ErrorWords) => plainToTls.test(sentence),
  'no such route': ({ sentence }: ErrorWords) => noSuchRoute.test(sentence),
} as const
