// Language and theme are chosen before the first paint, so that nothing flashes.
(() => {
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const asked = new URLSearchParams(location.search);
  const language = asked.get("lang") || kept("puhui-language") || navigator.language || "en";
  document.documentElement.lang = language.startsWith("zh") ? "zh-Hans" : "en";
  const theme = asked.get("theme") || kept("puhui-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
