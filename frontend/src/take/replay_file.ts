/** The replay: one HTML file with the page, its style and the run in it, that opens without a server. */
import type { Download } from "../contract";
import { cursor, pins, recording, schema } from "../store";
import { view, viewToHash } from "../view";
import { say } from "../words";
import { type Replay, taped } from "./recorded";
import { textFile } from "./save";

/** No address but the file itself: nothing is loaded, nothing is sent. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'";

/** Where the script and the style sheet of replays come from, by their names. */
export type Part = (name: string) => Promise<string>;

export async function replayFile(part: Part): Promise<Download> {
  const [script, style] = await Promise.all(["replay.js", "replay.css"].map(part));
  const run = recording.value!;
  const replay: Replay = {
    version: schema.value!.version,
    fields: schema.value!.fields,
    run: taped(run),
    pins: pins.value.map(taped),
    moment: cursor.value,
    view: viewToHash(),
  };
  return textFile("replay.html", "text/html", replayHtml(script!, style!, replay, view.language.value, say("take.replay_title")));
}

/** A part of the page's own, from where the page came from. */
export async function fetched(name: string): Promise<string> {
  const answer = await fetch(new URL(name, document.baseURI));
  if (!answer.ok) throw new Error(say("take.part_missing", { name, status: answer.status }));
  return answer.text();
}

export function replayHtml(script: string, style: string, replay: Replay, language: string, title: string): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</title>
<style>${inStyle(style)}</style>
</head>
<body>
<div id="playground"></div>
<script type="application/json" id="replay">${inData(replay)}</script>
<script>${inScript(script)}</script>
</body>
</html>
`;
}

/** JSON that no parser of HTML can take for a tag. */
export function inData(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

/** A script whose strings cannot end the element, nor begin a comment in it (HTML, "script data escaped state"). */
export function inScript(text: string): string {
  return text.replace(/<(?=\/script|script)/gi, "\\x3C").replace(/<!--/g, "\\x3C!--");
}

function inStyle(text: string): string {
  return text.replace(/<(?=\/style)/gi, "\\3C ");
}
