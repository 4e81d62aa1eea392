// The pages work without this script. It answers while one types, draws the plots, keeps drafts and the theme, and
// lets a form be sent only once.
import "htmx.org";
import "./workbench.css";

const root = document.documentElement;
const YEAR = 31536000;

const keep = (theme) => {
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax`;
  root.dataset.bsTheme = theme;
};

const drawPlots = async (within) => {
  const waiting = [...within.querySelectorAll("[data-plot]:not([data-drawn])")];
  if (waiting.length === 0) return;
  const { startPlots } = await import("./plots.js");
  for (const area of waiting) area.dataset.drawn = "true";
  startPlots(waiting.map((area) => [area, () => JSON.parse(area.dataset.plot)]));
};

const openPalette = () => {
  const palette = document.getElementById("palette");
  if (!palette) return;
  if (!palette.matches(":popover-open")) palette.showPopover();
  palette.querySelector("input").focus();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button, a");
  if (!button) return;
  if (button.matches("[data-theme-switch]")) keep(root.dataset.bsTheme === "dark" ? "light" : "dark");
  if (button.matches("[data-palette]")) {
    event.preventDefault();
    openPalette();
  }
  if (button.matches("[data-print]")) print();
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable], .monaco-editor, .cm-editor");
  if ((event.key === "k" && (event.metaKey || event.ctrlKey)) || (event.key === "/" && !typing)) {
    event.preventDefault();
    openPalette();
  }
  const palette = event.target.closest("#palette");
  if (palette && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const stops = [palette.querySelector("input"), ...palette.querySelectorAll(".found a")];
    const at = stops.indexOf(document.activeElement);
    stops.at((at + (event.key === "ArrowDown" ? 1 : -1)) % stops.length)?.focus();
  }
});

// What cannot be taken back is asked about once more, with the words of the button that was pressed.
const ask = (form, button) => {
  const dialog = document.getElementById("sure").content.firstElementChild.cloneNode(true);
  dialog.querySelector("p").textContent = form.dataset.sure;
  const yes = dialog.querySelector("[data-yes]");
  yes.textContent = button?.textContent.trim() || "OK";
  if (button?.classList.contains("btn-danger")) yes.classList.replace("btn-primary", "btn-danger");
  yes.addEventListener("click", () => {
    form.dataset.answered = "true";
    dialog.close();
    form.requestSubmit(button ?? undefined);
  });
  dialog.querySelector("[data-no]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
};

// A form is sent once. The request id in it keeps the server safe where this script does not run.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if ("again" in event.target.dataset) return; // what only looks may be asked for again
  if (event.target.dataset.sent) return event.preventDefault();
  if (event.target.dataset.sure && !event.target.dataset.answered) {
    event.preventDefault();
    return ask(event.target, event.submitter);
  }
  event.target.dataset.sent = "true";
  for (const button of event.target.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    delete form.dataset.answered;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
});

// What one has begun to write outlives the session, in this browser only; secrets and hidden fields are never kept.
const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type));
const stored = (act, ...rest) => {
  try {
    return localStorage[act](...rest);
  } catch {
    return null; // Where nothing may be kept, a form only forgets.
  }
};
// The house keeps it too, sealed, so that it is found again on another device.
const later = new WeakMap();
const keepAtHome = (form, kept) => {
  clearTimeout(later.get(form));
  const send = () => {
    const body = new URLSearchParams(Object.entries(kept).map(([name, texts]) => [name, texts.at(-1) ?? ""]));
    const token = form.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    if (form.dataset.sent) return;
    fetch(form.dataset.keeps, { method: "POST", body, headers: { "X-CSRFToken": token }, keepalive: true })
      .then((answer) => {
        // This browser need not keep what the house has; it does where the session has ended or the network is down.
        if (answer.ok && !answer.redirected) stored("removeItem", `draft:${form.dataset.draft}`);
      })
      .catch(() => {});
  };
  later.set(form, setTimeout(send, 600));
};
const restore = (form) => {
  // An act that was just done leaves nothing to restore: what it refused, the house has kept itself.
  if (form.dataset.keeps && document.querySelector("[role=status][data-done]")) stored("removeItem", `draft:${form.dataset.draft}`);
  // What the house has kept is in the fields already; what it never acknowledged was written later, and goes over it.
  const kept = JSON.parse(stored("getItem", `draft:${form.dataset.draft}`) ?? "null");
  if (!kept) return;
  for (const field of fieldsOf(form)) {
    if (!(field.name in kept)) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = kept[field.name].includes(field.value);
    else if (field.value === field.defaultValue) field.value = kept[field.name][0];
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
};
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.dataset.draft) {
    const kept = {};
    for (const field of fieldsOf(form)) {
      kept[field.name] ??= [];
      if ((field.type !== "checkbox" && field.type !== "radio") || field.checked) kept[field.name].push(field.value);
    }
    stored("setItem", `draft:${form.dataset.draft}`, JSON.stringify(kept));
    if (form.dataset.keeps) keepAtHome(form, kept);
  }
  if (event.target.dataset.quote) askWhatItPays(event.target);
  // A slider says its value beside it.
  if (event.target.dataset.says) document.getElementById(event.target.dataset.says).textContent = Number(event.target.value).toLocaleString("en-US");
});

// What an amount would pay is asked for while it is typed; the newest answer alone is shown.
const asked = new WeakMap();
const askWhatItPays = (field) => {
  clearTimeout(asked.get(field)?.timer);
  asked.get(field)?.stop.abort();
  const stop = new AbortController();
  const ask = async () => {
    try {
      const answer = await fetch(`${field.dataset.quoteAt}?${new URLSearchParams({ amount: field.value })}`, { signal: stop.signal });
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(field.dataset.quote);
      const here = document.querySelector(field.dataset.quote);
      if (answer.ok && found && here) here.replaceWith(document.adoptNode(found));
    } catch {
      // On a slow network the amount is still refused or booked by the house itself.
    }
  };
  asked.set(field, { stop, timer: setTimeout(ask, 300) });
};

const wake = (within) => {
  drawPlots(within);
  for (const form of within.querySelectorAll("[data-all-or-one]")) {
    const all = form.querySelector("[data-all]");
    all.hidden = false;
    all.addEventListener("click", () => {
      for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = true;
    });
  }
  for (const form of within.querySelectorAll("form[data-draft]")) restore(form);
  for (const done of within.querySelectorAll("[data-draft-done]")) stored("removeItem", `draft:${done.dataset.draftDone}`);
};
document.addEventListener("htmx:after:swap", () => drawPlots(document));
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => wake(document));
else wake(document);
