// Numbers as `puhui.documents.wording` writes them; money is in yuan here.

import { isChinese } from "./language.js";

const DIGITS = { text: 0, count: 0, number: 3, percent: 2, money: 0, money_short: 2 };

const plain = (value, digits) =>
  value
    .toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .replace(/^-([0.,]*)$/, "$1")
    .replace("-", "−");

const short = (yuan, digits) => {
  const steps = isChinese() ? [[1e8, "亿"], [1e4, "万"]] : [[1e9, " bn"], [1e6, " M"], [1e3, " k"]];
  for (const [size, word] of steps) {
    if (Math.abs(yuan) >= size) {
      const scaled = yuan / size;
      const places = digits ?? Math.max(0, 3 - String(Math.trunc(Math.abs(scaled))).length);
      const text = plain(scaled, places);
      return (digits === undefined || digits === null ? text.replace(/\.0+$/, "") : text) + word;
    }
  }
  return plain(yuan, digits ?? 0);
};

// A tick of an axis needs no zeros after the point.
const trimmed = (text) => text.replace(/\.(\d*?)0+(?=\D|$)/, (_, kept) => (kept ? `.${kept}` : ""));

export const tick = (value, form, digits) => trimmed(written(value, form, digits));

export const written = (value, form, digits) => {
  if (value === null || value === undefined || value === "") return "–";
  if (form === "text" || typeof value !== "number") return String(value);
  const places = digits ?? DIGITS[form];
  if (form === "percent") return `${plain(value * 100, places)}\u202f%`;
  if (form === "money_short") return short(value, digits);
  return plain(value, places);
};
