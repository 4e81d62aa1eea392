import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { PurgeCSS } from "purgecss";
import { defineConfig } from "vite";

const here = import.meta.dirname;
const web = resolve(here, "..");
const STATIC = resolve(web, "static/built");

// A document carries its script inside a script element, so nothing in the script may end that element.
const insideHtml = {
  name: "inside-html",
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === "chunk") chunk.code = chunk.code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
    }
  },
};

// Tabler's sheet has much that no page shows: what neither a template nor a script names is left out.
const onlyUsed = {
  name: "only-used",
  async writeBundle() {
    const file = join(STATIC, "workbench.css");
    const [{ css }] = await new PurgeCSS().purge({
      content: [`${web}/templates/**/*.html`, `${web}/**/*.py`, `${here}/src/*.{js,css}`], // all of our own sheet is kept
      css: [{ raw: readFileSync(file, "utf8") }],
      defaultExtractor: (text) => text.match(/[\w-/:]+/g) ?? [],
      safelist: { standard: ["html", "body"], greedy: [/data-bs-theme/, /^dialog/] },
      variables: false,
    });
    writeFileSync(file, css);
  },
};

// The graph editor's words stand in its code as literals of a few properties. Each is told by `said`, so that the page's
// language is the editor's; a word of the editor without its Chinese, or Chinese without its word, stops the build.
const SPEAKS = /\b(title|label|children|placeholder|okText|shortDescription|displayName|description|message|left|name|alt)(: (?:\[\s*|[^\n{},]*? [?:] )?)"([A-Z][^"\n]+)"(?:( : )"([A-Z][^"\n]+)")?/g;
const BY_WORK = [
  ['`${x ? "Close" : "Open"} ${f.title.toLowerCase()} panel`', 'said(x ? "Close panel" : "Open panel")'],
  ...[" node.", " format.", "(Drag-and-drop)", "Run a request to see the node trace in action."].map((word) => [`"${word}"`, `said("${word}")`]),
];
const NAMES = new Set(["Input", "Output", "Big"]); // also names of things: of a table's first columns, of libraries
const EDITOR = /@gorules\/jdm-editor\/dist\/index\.js$/;
const editorSpeaks = {
  name: "editor-speaks",
  transform(code, id) {
    if (!EDITOR.test(id)) return null;
    const words = JSON.parse(readFileSync(resolve(here, "src/editor_words.json"), "utf8"));
    const found = new Set();
    const strange = new Set();
    const say = (word, property) => {
      if (word === "JS" || (property === "name" && NAMES.has(word))) return `"${word}"`;
      (word in words ? found : strange).add(word);
      return `said("${word}")`;
    };
    let spoken = code.replace(SPEAKS, (_all, property, before, word, between, other) =>
      `${property}${before}${say(word, property)}${between ? between + say(other, property) : ""}`);
    for (const [was, is] of BY_WORK) {
      if (!spoken.includes(was)) this.error(`the editor no longer says ${was}`);
      spoken = spoken.replaceAll(was, is);
      for (const [, word] of is.matchAll(/"([^"]+)"/g)) found.add(word);
    }
    const idle = Object.keys(words).filter((word) => !found.has(word));
    if (strange.size || idle.length) this.error(`editor_words.json lacks ${JSON.stringify([...strange])} and has idle ${JSON.stringify(idle)}`);
    return { code: `import { said } from ${JSON.stringify(resolve(here, "src/editor_words.js"))};\n${spoken}`, map: null };
  },
};

// Every file lies beside its gzip form, so that serving compresses nothing.
const packed = (folder) => ({
  name: "packed",
  closeBundle() {
    for (const name of readdirSync(folder, { recursive: true })) {
      if (!/\.(js|css|wasm|svg|ttf)$/.test(name)) continue;
      writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(folder, name)), { level: 9 }));
    }
  },
});

const documentBuild = {
  plugins: [insideHtml],
  build: {
    outDir: resolve(here, "../../documents/built"),
    emptyOutDir: true,
    target: "es2022",
    lib: { entry: resolve(here, "src/document.js"), formats: ["iife"], name: "puhui", fileName: () => "plots.js" },
  },
};

const pages = (folder, input, plugins) => ({
  base: `/static/built/${folder === STATIC ? "" : "studio/"}`,
  plugins: [...plugins, packed(folder)],
  build: {
    outDir: folder,
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    chunkSizeWarningLimit: 9000,
    rollupOptions: {
      input,
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: ({ names }) => (names?.[0]?.endsWith(".css") ? "[name][extname]" : "[name]-[hash][extname]"),
      },
    },
  },
});

const BUILDS = {
  document: documentBuild,
  workbench: pages(STATIC, { theme: resolve(here, "src/theme.js"), workbench: resolve(here, "src/workbench.js") }, [onlyUsed]),
  studio: pages(join(STATIC, "studio"), { studio: resolve(here, "src/studio.js") }, [editorSpeaks]),
};

export default defineConfig(({ mode }) => ({
  root: here,
  publicDir: false,
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  logLevel: "warn",
  ...BUILDS[mode],
}));
