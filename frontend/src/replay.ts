/** The page of a replay: a recorded run to travel through, without an engine and without a server. */
import "./style/base.css";
import "./replay.css";
import { effect } from "@preact/signals-core";
import { mountCompare } from "./compare/compare";
import { engine } from "./engine";
import { dressDocument } from "./header";
import { RecordingBackend } from "./recording_backend";
import { cursor, pins, receive, type Recording, recording, schema, settings } from "./store";
import { mountPanels } from "./take/panels";
import { type Replay, type Tape, untaped } from "./take/recorded";
import { viewFromHash } from "./view";
import { mountCurves } from "./views/curves";
import { mountDrawing } from "./views/drawing";
import { mountGradients } from "./views/gradients";
import { mountHistograms } from "./views/histograms";
import { mountPlane } from "./views/plane";
import { mountTimeline } from "./views/timeline";
import { mountWords } from "./views/words";
import { say } from "./words";

const replay = JSON.parse(document.getElementById("replay")!.textContent!) as Replay;

function played(tape: Tape): Recording {
  for (const frame of untaped(tape)) receive(tape.settings, frame);
  return recording.value!;
}

const known = { version: replay.version, fields: replay.fields, stories: [], given: null };
engine.value = new RecordingBackend(known);
schema.value = known;
pins.value = replay.pins.map(played);
settings.value = replay.run.settings;
played(replay.run);
viewFromHash(replay.view);
dressDocument(document.documentElement);
cursor.value = replay.moment;

const root = document.getElementById("playground")!;
root.className = "replay";
const note = document.createElement("p");
const made = document.createElement("p");
note.className = made.className = "soft small";
const main = document.createElement("main");
root.append(note, main, made);
effect(() => {
  note.textContent = say("take.replay_note");
  made.textContent = say("take.replay_made", { version: replay.version });
});
const columns = ["wide", "left", "right"].map((name) => {
  const column = document.createElement("div");
  column.className = `column ${name}`;
  return column;
});
main.append(...columns);
mountPanels(columns[0]!, { timeline: mountTimeline });
mountPanels(columns[1]!, { plane: mountPlane, curves: mountCurves });
mountPanels(columns[2]!, {
  drawing: mountDrawing,
  words: mountWords,
  gradients: mountGradients,
  histograms: mountHistograms,
  ...(replay.pins.length ? { compare: mountCompare } : {}),
});
document.documentElement.dataset.state = "done";
