// SPDX-License-Identifier: MIT
// Numbers as txsim/priors/typed_numbers.py reads them, but for the sign that the language of the page itself writes
// between thousands (a comma in English) or before decimals (a comma elsewhere): what the page shows, it takes.
const words = [[1e3, /^(?:k|tsd|thousand|тыс|тысяч)$/i], [1e6, /^(?:mio|mln|million|millions|millionen|млн|миллион|миллиона|миллионов)$/i],
  [1e9, /^(?:bn|mrd|milliarden|млрд)$/i]];
const vulgar = { '¼': 0.25, '½': 0.5, '¾': 0.75, '⅓': 1 / 3, '⅔': 2 / 3, '⅛': 0.125 };
const exact = (value) => Number(value.toPrecision(15));
const plain = (value) => { const text = String(exact(value)); return /e/.test(text) ? value.toFixed(Math.abs(value) < 1 ? 20 : 0) : text; };
const thousands = [/^[1-9]\d{0,2}(?:[ '_]\d{3})+(?:[.,]\d*)?$/, /^[1-9]\d{0,2}(?:\.\d{3}){2,}$/, /^[1-9]\d{0,2}(?:,\d{3}){2,}$/,
  /^[1-9]\d{0,2}(?:\.\d{3})+,\d+$/, /^[1-9]\d{0,2}(?:,\d{3})+\.\d+$/];
// A number without its sign: a value, two readings, or null.
const magnitude = (bare, language, grouped) => {
  const worded = /^(.*[\d,.])\s*(\p{L}+)\.?$/u.exec(bare), times = worded && words.find(([, word]) => word.test(worded[2]))?.[0];
  if (times || worded?.[2] === 'M') {
    const inner = magnitude(worded[1], language, true);
    if (inner === null) return inner;
    if (Array.isArray(inner)) return times ? inner.map((each) => exact(each * times)) : inner;
    return times ? exact(inner * times) : [1e3 * inner, 1e6 * inner];
  }
  const own = language === 'en' ? ',' : null;
  if (/^[1-9]\d{0,2}[.,]\d{3}$/.test(bare) && !bare.includes(own) && (grouped || bare.endsWith('000'))) {
    return [Number(bare.replace(',', '.')), Number(bare.replace(/[.,]/, ''))];
  }
  if (own && /^[1-9]\d{0,2},\d{3}$/.test(bare)) return Number(bare.replace(',', ''));
  if (/^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?$/i.test(bare)) return Number(bare);
  if (thousands.some((pattern) => pattern.test(bare))) {
    const decimals = /[.,](\d*)$/.exec(bare), one = decimals && bare.split(decimals[0][0]).length === 2;
    const whole = one ? bare.slice(0, decimals.index) : bare;
    return Number(whole.replace(/\D/g, '') + (one ? `.${decimals[1]}` : ''));
  }
  if (/^\d*,\d+(?:e[-+]?\d{1,3})?$/i.test(bare)) return Number(bare.replace(',', '.'));
  const part = vulgar[bare.slice(-1)], whole = bare.slice(0, -1).trim();
  return part && /^\d{0,6}$/.test(whole) ? exact(Number(whole) + part) : null;
};
const figure = (text, language) => {
  const bare = text.trim().replace(/[−–—‐‑]/g, '-').replace(/[\u00a0\u2007\u2009\u202f\t]/g, ' ').replace(/[’ʼ‘]/g, "'");
  const [, sign, rest, mark] = /^([-+]?)\s?(.*?)\s*(%|％|percent|prozent|процент(?:а|ов)?)?$/iu.exec(bare) || [];
  const value = rest === undefined ? null : magnitude(rest, language, Boolean(mark)), minus = (v) => (sign === '-' && v ? -v : v);
  return { percent: Boolean(mark), value: Array.isArray(value) ? value.map(minus) : value === null ? null : minus(value) };
};
// The two readings of what could be read two ways, as they are to be written, or null: `0.9` of a percent, `45.000`.
export const readings = (text, language, percent) => {
  const { percent: signed, value } = figure(text, language);
  if (Array.isArray(value)) return value.map((each) => plain(each) + (signed ? ' %' : ''));
  if (percent && !signed && value !== null && value > 0 && value <= 1) {
    const decimal = language === 'en' ? '.' : ',', show = (v) => String(Number(v.toPrecision(12))).replace('.', decimal);
    return [`${show(value)} %`, `${show(100 * value)} %`];
  }
  return null;
};
// What to say of a field whose text `typed` does not take: both readings, or that it is no number.
export const asked_of = (text, words, percent) => {
  const two = readings(text, words.language, percent), said = text.trim();
  return two ? words.two_ways.replace('{text}', said).replace('{one}', two[0]).replace('{other}', two[1]) : words.no_number.replace('{text}', said);
};
// What a person typed as a number, in the unit of the file: null where it is none, or a percent of what is no share, or could be read two ways.
export const typed = (text, language, percent) => {
  const { percent: signed, value } = figure(text, language);
  if (value === null || (signed && !percent) || readings(text, language, percent)) return null;
  return percent ? exact(value / 100) : value;
};
