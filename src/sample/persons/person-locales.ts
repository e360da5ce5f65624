/**
 * The locales of `person_from_faker`: Faker's names for them, the word lists behind each, and its country.
 *
 * Only locales whose names, cities and streets are of their own language: word lists that are missing would come out in English.
 */

export interface PersonLocale {
  /** The word lists: `@faker-js/faker/locale/<lists>`. */
  readonly lists: string
  readonly country: string
  /** What the word lists do not have; null in the record. */
  readonly lacks: readonly ('state' | 'postcode' | 'phone')[]
}

const locale = (lists: string, country: string, ...lacks: PersonLocale['lacks']): PersonLocale => ({
  lists,
  country,
  lacks,
})

const english = locale('en_US', 'United States')
const french = locale('fr', 'France')
const german = locale('de', 'Germany')
const spanish = locale('es', 'Spain')
const thai = locale('th', 'Thailand')
const danish = locale('da', 'Denmark')

/** By the name that a config uses. */
export const personLocales: Readonly<Record<string, PersonLocale>> = {
  af_ZA: locale('af_ZA', 'South Africa'),
  ar_SA: locale('ar', 'Saudi Arabia', 'phone'),
  az_AZ: locale('az', 'Azerbaijan', 'state'),
  cs_CZ: locale('cs_CZ', 'Czechia'),
  da_DK: danish,
  de: german,
  de_AT: locale('de_AT', 'Austria'),
  de_CH: locale('de_CH', 'Switzerland'),
  de_DE: german,
  dk_DK: danish,
  el_GR: locale('el', 'Greece', 'state'),
  en: english,
  en_AU: locale('en_AU', 'Australia'),
  en_CA: locale('en_CA', 'Canada'),
  en_GB: locale('en_GB', 'United Kingdom'),
  en_GH: locale('en_GH', 'Ghana'),
  en_IE: locale('en_IE', 'Ireland', 'state'),
  en_IN: locale('en_IN', 'India'),
  en_NG: locale('en_NG', 'Nigeria'),
  en_US: english,
  en_ZA: locale('en_ZA', 'South Africa'),
  es: spanish,
  es_ES: spanish,
  es_MX: locale('es_MX', 'Mexico'),
  fa_IR: locale('fa', 'Iran'),
  fi_FI: locale('fi', 'Finland'),
  fr: french,
  fr_BE: locale('fr_BE', 'Belgium'),
  fr_CA: locale('fr_CA', 'Canada'),
  fr_CH: locale('fr_CH', 'Switzerland'),
  fr_FR: french,
  fr_QC: locale('fr_CA', 'Canada'),
  he_IL: locale('he', 'Israel'),
  hr_HR: locale('hr', 'Croatia'),
  hu_HU: locale('hu', 'Hungary'),
  hy_AM: locale('hy', 'Armenia', 'postcode'),
  id_ID: locale('id_ID', 'Indonesia'),
  it_IT: locale('it', 'Italy'),
  ja_JP: locale('ja', 'Japan'),
  ka_GE: locale('ka_GE', 'Georgia', 'state'),
  ko_KR: locale('ko', 'South Korea'),
  lv_LV: locale('lv', 'Latvia'),
  mk_MK: locale('mk', 'North Macedonia'),
  ne_NP: locale('ne', 'Nepal'),
  nl_BE: locale('nl_BE', 'Belgium'),
  nl_NL: locale('nl', 'Netherlands'),
  no_NO: locale('nb_NO', 'Norway'),
  pl_PL: locale('pl', 'Poland'),
  pt_BR: locale('pt_BR', 'Brazil'),
  pt_PT: locale('pt_PT', 'Portugal'),
  ro_RO: locale('ro', 'Romania'),
  ru_RU: locale('ru', 'Russia'),
  sk_SK: locale('sk', 'Slovakia'),
  sl_SI: locale('sl_SI', 'Slovenia', 'phone'),
  sv_SE: locale('sv', 'Sweden'),
  th: thai,
  th_TH: thai,
  tr_TR: locale('tr', 'Turkey'),
  uk_UA: locale('uk', 'Ukraine'),
  uz_UZ: locale('uz_UZ_latin', 'Uzbekistan', 'phone'),
  vi_VN: locale('vi', 'Vietnam'),
  zh_CN: locale('zh_CN', 'China'),
  zh_TW: locale('zh_TW', 'Taiwan'),
  zu_ZA: locale('zu_ZA', 'South Africa'),
}
