/**
 * Numbers that show the state in the United States.
 *
 * Area codes are those of the North American Numbering Plan, overlays among them. Area numbers are the first three digits of
 * social security numbers as they were given out by state until 24 June 2011; after that day they show nothing.
 */

export interface StateNumbers {
  readonly areaCodes: readonly number[]
  /** First and last of the area numbers. */
  readonly areaNumbers: readonly [number, number]
}

const state = (first: number, last: number, ...areaCodes: number[]): StateNumbers => ({
  areaCodes,
  areaNumbers: [first, last],
})

/** The day from which on area numbers are drawn by lot. */
export const areasByLotFrom = '2011-06-25'

/** The highest area number given out before that day. */
export const lastAreaByState = 772

export const usStates: Readonly<Record<string, StateNumbers>> = {
  AK: state(574, 574, 907),
  AL: state(416, 424, 205, 251, 256, 334, 938),
  AR: state(429, 432, 479, 501, 870),
  AZ: state(526, 527, 480, 520, 602, 623, 928),
  CA: state(
    545,
    573,
    209,
    213,
    310,
    323,
    408,
    415,
    510,
    530,
    559,
    562,
    619,
    626,
    650,
    661,
    707,
    714,
    818,
    916,
  ),
  CO: state(521, 524, 303, 719, 720, 970),
  CT: state(40, 49, 203, 475, 860, 959),
  DC: state(577, 579, 202),
  DE: state(221, 222, 302),
  FL: state(261, 267, 239, 305, 321, 352, 386, 407, 561, 727, 772, 786, 813, 850, 863, 904, 941, 954),
  GA: state(252, 260, 229, 404, 470, 478, 678, 706, 762, 770, 912),
  HI: state(575, 576, 808),
  IA: state(478, 485, 319, 515, 563, 641, 712),
  ID: state(518, 519, 208),
  IL: state(318, 361, 217, 309, 312, 618, 630, 708, 773, 815, 847),
  IN: state(303, 317, 219, 260, 317, 574, 765, 812),
  KS: state(509, 515, 316, 620, 785, 913),
  KY: state(400, 407, 270, 502, 606, 859),
  LA: state(433, 439, 225, 318, 337, 504, 985),
  MA: state(10, 34, 339, 351, 413, 508, 617, 774, 781, 857, 978),
  MD: state(212, 220, 240, 301, 410, 443),
  ME: state(4, 7, 207),
  MI: state(362, 386, 231, 248, 269, 313, 517, 586, 616, 734, 810, 906, 989),
  MN: state(468, 477, 218, 320, 507, 612, 651, 763, 952),
  MO: state(486, 500, 314, 417, 573, 636, 660, 816),
  MS: state(425, 428, 228, 601, 662),
  MT: state(516, 517, 406),
  NC: state(237, 246, 252, 336, 704, 828, 910, 919, 980),
  ND: state(501, 502, 701),
  NE: state(505, 508, 308, 402),
  NH: state(1, 3, 603),
  NJ: state(135, 158, 201, 609, 732, 848, 856, 862, 908, 973),
  NM: state(525, 525, 505, 575),
  NV: state(530, 530, 702, 775),
  NY: state(50, 134, 212, 315, 347, 516, 518, 585, 607, 631, 646, 716, 718, 845, 914, 917),
  OH: state(268, 302, 216, 330, 419, 440, 513, 614, 740, 937),
  OK: state(440, 448, 405, 580, 918),
  OR: state(540, 544, 458, 503, 541, 971),
  PA: state(159, 211, 215, 267, 412, 484, 570, 610, 717, 724, 814),
  PR: state(580, 584, 787, 939),
  RI: state(35, 39, 401),
  SC: state(247, 251, 803, 843, 864),
  SD: state(503, 504, 605),
  TN: state(408, 415, 423, 615, 731, 865, 901, 931),
  TX: state(
    449,
    467,
    210,
    214,
    254,
    281,
    325,
    361,
    409,
    432,
    469,
    512,
    713,
    806,
    817,
    830,
    832,
    903,
    915,
    936,
    956,
    972,
    979,
  ),
  UT: state(528, 529, 385, 435, 801),
  VA: state(223, 231, 276, 434, 540, 571, 703, 757, 804),
  VT: state(8, 9, 802),
  WA: state(531, 539, 206, 253, 360, 425, 509),
  WI: state(387, 399, 262, 414, 608, 715, 920),
  WV: state(232, 236, 304),
  WY: state(520, 520, 307),
}
