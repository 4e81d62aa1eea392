// The workbench needs no script to work; this follows the reader's light or dark, and lets a search answer at once.
import "htmx.org";
import "./workbench.css";

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
};
dark.addEventListener("change", follow);
follow();
