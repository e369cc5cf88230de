// SPDX-License-Identifier: MIT
// What a person typed as a number, in the unit of the file: null where it is none, or a percent of what is no share.
// A page in English shows commas between thousands and takes them so; elsewhere a comma stands before decimals.
export const typed = (text, language, percent) => {
  let figure = text.replace(/[\s\u00a0\u202f]/g, '').replace('−', '-');
  if (figure.endsWith('%') && !percent) return null;
  figure = figure.replace(/%$/, '');
  if (language === 'en' && /^-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(figure)) figure = figure.replaceAll(',', '');
  else if (/^-?\d*,\d+$/.test(figure)) figure = figure.replace(',', '.');
  return /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(figure) ? Number(figure) / (percent ? 100 : 1) : null;
};
