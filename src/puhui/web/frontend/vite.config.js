import { resolve } from "node:path";
import { defineConfig } from "vite";

const here = import.meta.dirname;

// A document carries its script inside a script element, so nothing in the script may end that element.
const insideHtml = {
  name: "inside-html",
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === "chunk") chunk.code = chunk.code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
    }
  },
};

const documentBuild = {
  plugins: [insideHtml],
  build: {
    outDir: resolve(here, "../../documents/built"),
    emptyOutDir: true,
    target: "es2022",
    lib: { entry: resolve(here, "src/document.js"), formats: ["iife"], name: "puhui", fileName: () => "plots.js" },
  },
};

const workbenchBuild = {
  build: {
    outDir: resolve(here, "../static/built"),
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1000,
    lib: {
      entry: resolve(here, "src/workbench.js"),
      formats: ["iife"],
      name: "puhui",
      fileName: () => "workbench.js",
      cssFileName: "workbench",
    },
  },
};

export default defineConfig(({ mode }) => ({
  root: here,
  publicDir: false,
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  logLevel: "warn",
  ...(mode === "document" ? documentBuild : workbenchBuild),
}));
