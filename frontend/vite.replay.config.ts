import { defineConfig } from "vite";

// The replay: one classic script and one style sheet, which the page puts into an HTML file of its own.
export default defineConfig({
  build: {
    outDir: "../src/chainrule/play/static",
    emptyOutDir: false,
    target: "es2022",
    copyPublicDir: false,
    lib: { entry: "src/replay.ts", formats: ["iife"], name: "replay", fileName: () => "replay.js", cssFileName: "replay" },
  },
});
