// What a table's row opens to, made from the words that the page keeps once.

const element = (tag, className, ...children) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
};

// Both languages, as the rest of the page has them; once only where they are the same.
const bilingual = (words) => {
  if (words.length === 1) return [words[0]];
  return ["en", "zh-Hans"].map((lang, i) => {
    const span = element("span", "", words[i]);
    span.lang = lang;
    return span;
  });
};

const listOf = (items, say) => element("ul", "", ...items.map((i) => element("li", "", ...say(i))));

const factsOf = (facts, say) =>
  element(
    "dl",
    "facts",
    ...facts.flatMap(([label, value, strong]) => [
      element("dt", strong ? "strong" : "", ...say(label)),
      element("dd", strong ? "strong" : "", ...say(value)),
    ]),
  );

const barsOf = (bars, good, say) => {
  const sizes = bars.map(([, size]) => size);
  const low = Math.min(0, ...sizes);
  const span = Math.max(0, ...sizes) - low || 1;
  const list = element("div", "bars");
  for (const [label, size, value, of] of bars) {
    const bar = element("span", size * good < 0 ? "bar worse" : "bar");
    bar.style.setProperty("--from", `${((Math.min(0, size) - low) / span) * 100}%`);
    bar.style.setProperty("--long", `${(Math.abs(size) / span) * 100}%`);
    const track = element("span", "track", bar);
    track.setAttribute("aria-hidden", "true");
    track.style.setProperty("--zero", `${(-low / span) * 100}%`);
    const name = element("span", "label", ...say(label));
    if (of !== undefined) name.append(" ", element("span", "of", ...say(of)));
    list.append(name, track, element("span", "figure", ...say(value)));
  }
  return list;
};

export const detailsOf = (blocks, words) => {
  const say = (i) => bilingual(words[i]);
  const sections = blocks.map((block) => {
    const section = element("section", block.facts ? "" : "wide", element("h3", "", ...say(block.heading)));
    if (block.facts) section.append(factsOf(block.facts, say));
    if (block.bars) section.append(barsOf(block.bars, block.good, say));
    if (block.statements) section.append(listOf(block.statements, say));
    if (block.because) section.append(listOf(block.because, say));
    if (block.note !== undefined) section.append(element("p", "small", ...say(block.note)));
    return section;
  });
  return element("div", "detail-grid", ...sections);
};
