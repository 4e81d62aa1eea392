// The graph editor speaks English only and takes no words from outside: the build puts `said` around each of its words,
// and here they are told in the page's language.
import words from "./editor_words.json";

const chinese = document.documentElement.lang.startsWith("zh");

export const said = (word) => (chinese ? (words[word] ?? word) : word);
