// The studio's island: GoRules' editor of decision graphs, with its own Monaco and WASM, all served by us.
import "@gorules/jdm-editor/dist/style.css";
import { DecisionGraph, JdmConfigProvider } from "@gorules/jdm-editor";
import wasmUrl from "@gorules/zen-engine-wasm/dist/zen_engine_wasm_bg.wasm?url";
import * as zen from "@gorules/zen-engine-wasm";
import { loader } from "@monaco-editor/react";
import { ConfigProvider } from "antd";
import chinese from "antd/es/locale/zh_CN";
import * as monaco from "monaco-editor/esm/vs/editor/editor.api";
import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker?worker";
import { createElement, useState } from "react";
import { createRoot } from "react-dom/client";

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };
loader.config({ monaco });

const root = document.documentElement;
const place = document.getElementById("studio");
const field = document.getElementById("graph");

// The graph is longer than the page: it begins at its first node, as large as one can read; the list of parts waits.
if (localStorage.getItem("jdm-components-opened") === null) localStorage.setItem("jdm-components-opened", "false");
const fromTheStart = (flow) => {
  const places = flow.getNodes().map((node) => node.position);
  if (places.length === 0) return;
  const [left, top] = ["x", "y"].map((side) => Math.min(...places.map((place) => place[side])));
  flow.setViewport({ x: 30 - 0.7 * left, y: 110 - 0.7 * top, zoom: 0.7 });
};

const Studio = () => {
  const [graph, setGraph] = useState(() => JSON.parse(field.value));
  const changed = (next) => {
    setGraph(next);
    field.value = JSON.stringify(next);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const dark = root.dataset.bsTheme === "dark";
  const editor = createElement(
    JdmConfigProvider,
    { theme: { mode: dark ? "dark" : "light" } },
    createElement(DecisionGraph, {
      value: graph,
      onChange: changed,
      disabled: place.dataset.readonly === "true",
      onReactFlowInit: fromTheStart,
    }),
  );
  return createElement(ConfigProvider, root.lang.startsWith("zh") ? { locale: chinese } : {}, editor);
};

const start = async () => {
  if (typeof zen.default === "function") await zen.default({ module_or_path: wasmUrl });
  createRoot(place).render(createElement(Studio));
};
start();
