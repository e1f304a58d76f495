/** The page: its parts in their places, the server as its engine, the address as its memory. */
import "./style/base.css";
import { keepAddress, readAddress } from "./address";
import { HttpBackend } from "./backend";
import { begin } from "./change";
import { mountCompare } from "./compare/compare";
import { mountSeeds } from "./compare/seeds";
import { mountControls } from "./controls/panel";
import { mountStories } from "./controls/stories";
import { engine } from "./engine";
import { dressDocument, followKeys, mountHeader } from "./header";
import { mountInside } from "./inside/inside";
import { layOut } from "./layout";
import { mountStatus } from "./status";
import { failure, schema } from "./store";
import { mountTake } from "./take/take";
import { markDrawn, trainAlong } from "./train";
import { mountCurves } from "./views/curves";
import { mountDrawing } from "./views/drawing";
import { mountGradients } from "./views/gradients";
import { mountHistograms } from "./views/histograms";
import { mountPlane } from "./views/plane";
import { mountTimeline } from "./views/timeline";
import { mountWords } from "./views/words";
import { type Panel, viewFromHash } from "./view";
import { entriesOf } from "./state";

const parts: Record<Panel, (root: HTMLElement) => () => void> = {
  stories: mountStories,
  controls: mountControls,
  plane: mountPlane,
  timeline: mountTimeline,
  curves: mountCurves,
  words: mountWords,
  drawing: mountDrawing,
  gradients: mountGradients,
  histograms: mountHistograms,
  inside: mountInside,
  compare: mountCompare,
  seeds: mountSeeds,
  take: mountTake,
};

const page = document.documentElement;
const backend = new HttpBackend(new URL(".", location.href).href);
engine.value = backend;
viewFromHash(entriesOf(location.hash)); // the language and the theme are there before the server has answered
dressDocument(page);
const { header, status, bodies } = layOut(document.getElementById("playground")!);
mountHeader(header);
mountStatus(status, () => backend.connected.value);
markDrawn(page);

try {
  schema.value = await backend.schema();
  const { fields, given } = schema.value;
  readAddress(fields);
  // What the server was started with, unless the address says something else.
  if (given && !location.hash) begin(given);
  for (const [name, mount] of Object.entries(parts)) mount(bodies[name as Panel]);
  keepAddress(fields);
  followKeys();
  trainAlong(backend);
} catch (error) {
  failure.value = { type: "error", run: 0, message: (error as Error).message, field: null };
}
