import { defineConfig, type Plugin } from "vite";

/** The style sheet goes into the script, which puts it into the shadow root of each widget: it touches nothing else of
 * the notebook. There the page as a whole is the host. */
function styleInScript(): Plugin {
  return {
    name: "style-in-script",
    enforce: "post",
    generateBundle(_, bundle) {
      const style = Object.values(bundle).find((each) => each.fileName.endsWith(".css"));
      const script = Object.values(bundle).find((each) => each.fileName === "notebook.js");
      if (style?.type !== "asset" || script?.type !== "chunk") throw new Error("a widget is a script and a style sheet");
      const rules = JSON.stringify(hosted(String(style.source)));
      if (!script.code.includes("__STYLE__")) throw new Error("the script of the widget has no place for its style");
      script.code = script.code.replace("__STYLE__", () => rules);
      delete bundle[style.fileName];
    },
  };
}

/** Rules of a page as rules of a shadow root: its root and its body are the host. */
export function hosted(css: string): string {
  return css
    .replace(/:root((?:\[[^\]]*\])+)/g, ":host($1)")
    .replace(/:root\b/g, ":host")
    .replace(/(^|[},\s])(?:html|body)(?=[\s{,])/g, "$1:host");
}

export default defineConfig({
  build: {
    outDir: "../src/chainrule/play/static",
    emptyOutDir: false,
    target: "es2022",
    copyPublicDir: false,
    lib: { entry: "src/notebook.ts", formats: ["es"], fileName: () => "notebook.js", cssFileName: "notebook" },
  },
  plugins: [styleInScript()],
});
