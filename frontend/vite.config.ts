import { defineConfig } from "vite";

// Everything that the page needs lies in one folder inside the Python package and is asked for by relative addresses.
export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/chainrule/play/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // no data: addresses: the content security policy allows none
    modulePreload: { polyfill: false },
  },
});
