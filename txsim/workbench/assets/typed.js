// SPDX-License-Identifier: MIT
// The two readings of what could be read two ways, as they are to be written, or null: `0.9` of a percent, `45.000`.
export const readings = (text, language, percent) => {
  const figure = plain_of(text), bare = figure.replace(/%$/, '');
  const groups = language === 'en' ? /^-?[1-9]\d{0,2}(\.\d{3})*\.000$/ : /^-?[1-9]\d{0,2}([.,]\d{3})*[.,]000$/;
  if (groups.test(bare)) return [String(Number(bare.replace(/[.,](?=\d{3}$)/, '~').replace(/[.,]/g, '').replace('~', '.'))), bare.replace(/[.,]/g, '')];
  const value = value_of(figure, language);
  if (percent && !figure.endsWith('%') && value !== null && value > 0 && value <= 1) {
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
const plain_of = (text) => text.replace(/[\s\u00a0\u202f]/g, '').replace('−', '-');
const value_of = (text, language) => {
  let figure = text.replace(/%$/, '');
  if (language === 'en' && /^-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(figure)) figure = figure.replaceAll(',', '');
  else if (/^-?\d*,\d+$/.test(figure)) figure = figure.replace(',', '.');
  return /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(figure) ? Number(figure) : null;
};
// What a person typed as a number, in the unit of the file: null where it is none, or a percent of what is no share, or could be read two ways.
// A page in English shows commas between thousands and takes them so; elsewhere a comma stands before decimals.
export const typed = (text, language, percent) => {
  const figure = plain_of(text);
  if ((figure.endsWith('%') && !percent) || readings(text, language, percent)) return null;
  const value = value_of(figure, language);
  return value === null ? null : percent ? value / 100 : value;
};
