// Runs before the page paints: the theme the reader has chosen, else the device's.
const chosen = /(?:^|; )theme=(dark|light)/.exec(document.cookie)?.[1];
const device = matchMedia("(prefers-color-scheme: dark)");
const show = () => {
  document.documentElement.dataset.bsTheme = chosen ?? (device.matches ? "dark" : "light");
};
device.addEventListener("change", show);
show();
