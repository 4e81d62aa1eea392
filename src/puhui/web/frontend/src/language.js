// The page's language and theme: both languages stand in the page, the `lang` of the root says which one shows.

const root = document.documentElement;
const listeners = [];

export const isChinese = () => root.lang.startsWith("zh");

export const inLanguage = (text) =>
  text !== null && typeof text === "object" ? (isChinese() ? text.zh : text.en) : text;

export const whenChanged = (listener) => listeners.push(listener);

// A page of the workbench has no switches of its own kind: there the theme is an attribute of the root.
new MutationObserver(() => listeners.forEach((listener) => listener())).observe(root, { attributeFilter: ["data-bs-theme"] });

const keep = (name, value) => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A page opened where nothing may be kept still works; it only forgets.
  }
};

const show = () => {
  document.title = isChinese() ? root.dataset.titleZh : root.dataset.titleEn;
  for (const element of document.querySelectorAll("[aria-label][data-en]")) {
    element.setAttribute("aria-label", isChinese() ? element.dataset.zh : element.dataset.en);
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === root.lang));
  }
  for (const listener of listeners) listener();
};

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

const followPreference = () => {
  let kept = null;
  try {
    kept = localStorage.getItem("puhui-theme");
  } catch {
    kept = null;
  }
  if (!kept && !new URLSearchParams(location.search).has("theme")) {
    root.dataset.theme = prefersDark.matches ? "dark" : "light";
  }
};

export const startSwitches = () => {
  followPreference();
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      root.lang = button.dataset.language;
      keep("puhui-language", root.lang);
      show();
    });
  }
  document.querySelector("button.theme").addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    keep("puhui-theme", root.dataset.theme);
    show();
  });
  prefersDark.addEventListener("change", () => {
    followPreference();
    show();
  });
  document.querySelector(".switches").hidden = false;
  show();
};
