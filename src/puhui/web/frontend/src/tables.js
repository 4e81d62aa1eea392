// Tables sort by any column, filter by words and choices, open rows, and show long lists a part at a time.

import { detailsOf } from "./details.js";
import { isChinese, whenChanged } from "./language.js";

const WORDS = {
  all: ["All", "全部"],
  shown: [(n, of) => `${n} of ${of} rows`, (n, of) => `${of} 行中的 ${n} 行`],
  more: [(n) => `Show ${n} more`, (n) => `再显示 ${n} 行`],
  nothing: ["No row matches. Clear the search or choose “All”.", "没有符合条件的行。请清空搜索或选择“全部”。"],
  open: [(name) => `Details of ${name}`, (name) => `${name} 的详情`],
};
const word = (name) => WORDS[name][isChinese() ? 1 : 0];

// A cell's text in the language that shows; the other language stands in the page too, hidden.
const textOf = (cell) => {
  const other = isChinese() ? '[lang="en"]' : '[lang|="zh"]';
  const copy = cell.cloneNode(true);
  for (const hidden of copy.querySelectorAll(other)) hidden.remove();
  return copy.textContent.trim();
};

class Table {
  constructor(box) {
    this.box = box;
    this.table = box.querySelector("table");
    this.body = this.table.tBodies[0];
    const data = box.querySelector("script.details");
    const details = data ? JSON.parse(data.textContent) : { words: [], rows: [] };
    this.words = details.words;
    this.offset = data ? 1 : 0;
    this.rows = [...this.body.rows].map((row, i) => ({ row, blocks: details.rows[i] ?? [], opened: null }));
    this.step = Number(box.dataset.firstRows);
    this.limit = this.step;
    this.prepareHeads();
    this.prepareRows();
    this.prepareTools();
    this.say();
    whenChanged(() => this.say());
    addEventListener("hashchange", () => this.follow());
    this.follow();
  }

  cell(entry, column) {
    return entry.row.cells[column + this.offset];
  }

  prepareHeads() {
    for (const head of this.table.querySelectorAll("th[data-column]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.querySelector(".heading").childNodes);
      head.querySelector(".heading").append(button);
      button.addEventListener("click", () => this.sort(head));
    }
  }

  prepareRows() {
    for (const entry of this.rows) {
      entry.row.classList.add("row");
      if (!entry.blocks.length) continue;
      entry.row.classList.add("opens");
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      entry.row.cells[0].append(button);
      entry.button = button;
      entry.row.addEventListener("click", (event) => {
        if (!event.target.closest("a") && !getSelection().toString()) this.toggle(entry);
      });
    }
  }

  prepareTools() {
    const tools = this.box.querySelector(".table-tools");
    this.search = tools.querySelector(".search");
    this.choices = [...tools.querySelectorAll(".choice")];
    this.shown = tools.querySelector(".shown");
    tools.hidden = !this.search && !this.choices.length;
    const again = () => {
      this.limit = this.step;
      this.show();
    };
    this.search?.addEventListener("input", again);
    for (const choice of this.choices) choice.addEventListener("change", again);
    this.more = document.createElement("button");
    this.more.type = "button";
    this.more.className = "more";
    this.more.addEventListener("click", () => {
      this.limit += Math.max(this.step, 100);
      this.show();
    });
    this.nothing = document.createElement("p");
    this.nothing.className = "nothing";
    this.box.querySelector(".table-scroll").after(this.nothing, this.more);
  }

  // Everything that depends on the language: texts to search, menus, names of buttons.
  say() {
    for (const entry of this.rows) {
      const cells = [...entry.row.cells].slice(this.offset);
      entry.texts = cells.map(textOf);
      entry.all = entry.texts.join(" ").toLowerCase();
      entry.button?.setAttribute("aria-label", word("open")(entry.texts[0]));
    }
    for (const choice of this.choices) {
      const column = Number(choice.dataset.column);
      const at = choice.selectedIndex;
      // Menus keep the order of first appearance, so that a choice survives a change of language.
      const values = [...new Set(this.rows.map((entry) => entry.texts[column]))];
      choice.replaceChildren(...[word("all"), ...values].map((text, i) => new Option(text, i ? text : "")));
      choice.selectedIndex = Math.max(0, at);
    }
    this.show();
  }

  sort(head) {
    const column = Number(head.dataset.column);
    const number = head.classList.contains("number");
    const before = head.getAttribute("aria-sort");
    const descending = before ? before === "ascending" : number;
    for (const other of this.table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const sign = descending ? -1 : 1;
    const language = isChinese() ? "zh" : "en";
    const key = (entry) => (number ? this.cell(entry, column).dataset.key : entry.texts[column]);
    this.rows.sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === "" || y === "") return (x === "") - (y === "");
      return sign * (number ? x - y : x.localeCompare(y, language, { numeric: true }));
    });
    this.body.append(...this.rows.flatMap((entry) => (entry.opened ? [entry.row, entry.opened] : [entry.row])));
    this.show();
  }

  matches(entry) {
    const wanted = this.search?.value.trim().toLowerCase() ?? "";
    if (!wanted.split(/\s+/).every((part) => entry.all.includes(part))) return false;
    return this.choices.every((choice) => !choice.value || entry.texts[Number(choice.dataset.column)] === choice.value);
  }

  show() {
    const matching = this.rows.filter((entry) => this.matches(entry));
    const within = new Set(matching.slice(0, this.limit));
    const all = new Set(matching);
    for (const entry of this.rows) {
      for (const row of [entry.row, entry.opened]) {
        if (!row) continue;
        row.hidden = !all.has(entry);
        row.classList.toggle("beyond", all.has(entry) && !within.has(entry));
      }
    }
    const left = matching.length - within.size;
    this.shown.textContent = word("shown")(matching.length, this.rows.length);
    this.more.hidden = left === 0;
    this.more.textContent = word("more")(Math.min(left, Math.max(this.step, 100)));
    this.nothing.hidden = matching.length > 0;
    this.nothing.textContent = word("nothing");
  }

  toggle(entry, open = !entry.opened) {
    if (open === Boolean(entry.opened)) return;
    entry.row.classList.toggle("open", open);
    entry.button.setAttribute("aria-expanded", String(open));
    if (!open) {
      entry.opened.remove();
      entry.opened = null;
      return;
    }
    const row = document.createElement("tr");
    row.className = "details";
    const cell = row.insertCell();
    cell.colSpan = entry.row.cells.length;
    cell.append(detailsOf(entry.blocks, this.words));
    entry.row.after(row);
    entry.opened = row;
  }

  // A link to a row shows it whatever is filtered, and opens it.
  follow() {
    const wanted = location.hash.slice(1);
    const entry = wanted && this.rows.find(({ row }) => row.id === decodeURIComponent(wanted));
    if (!entry) return;
    if (this.search) this.search.value = "";
    for (const choice of this.choices) choice.selectedIndex = 0;
    this.limit = this.rows.length;
    this.show();
    if (entry.blocks.length) this.toggle(entry, true);
    entry.row.scrollIntoView({ block: "center" });
  }
}

export const startTables = () => {
  for (const box of document.querySelectorAll(".table-box")) new Table(box);
};
