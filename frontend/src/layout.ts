/** Where each part of the page stands: landmarks, headings in order, and the sections that the parts are mounted in. */
import { effect } from "@preact/signals-core";
import { say } from "./words";
import { type Panel, view } from "./view";
import "./layout.css";

/** The areas from left to right, and what stands in each from top to bottom. */
const areas: Record<string, Panel[]> = {
  top: ["stories"],
  time: ["timeline"],
  left: ["controls"],
  centre: ["plane", "curves", "words"],
  right: ["drawing", "gradients", "histograms"],
  below: ["inside", "compare", "seeds", "take"],
};

export interface Layout {
  header: HTMLElement;
  status: HTMLElement;
  /** What a part is mounted in, by the panel's name. */
  bodies: Record<Panel, HTMLElement>;
  stop: () => void;
}

/** Put the empty page into `root`. */
export function layOut(root: HTMLElement): Layout {
  const stops: (() => void)[] = [];
  /** An element whose text follows the language. */
  const spoken = (tag: string, key: string): HTMLElement => {
    const element = document.createElement(tag);
    stops.push(effect(() => void (element.textContent = say(key))));
    return element;
  };

  const skip = spoken("a", "page.skip") as HTMLAnchorElement;
  skip.className = "skip unseen";
  skip.href = "#main";
  const header = document.createElement("header");
  const main = document.createElement("main");
  main.id = "main";
  main.tabIndex = -1;
  // A hash of its own would be an address of settings.
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });

  const bodies = {} as Record<Panel, HTMLElement>;
  const section = (name: Panel): HTMLElement => {
    const part = document.createElement("section");
    part.id = `panel-${name}`;
    part.className = "panel";
    const heading = spoken("h2", `page.${name}`);
    heading.id = `heading-${name}`;
    heading.tabIndex = -1;
    if (name === "timeline") heading.className = "unseen"; // what is in it says as much
    part.setAttribute("aria-labelledby", heading.id);
    const body = (bodies[name] = document.createElement("div"));
    body.className = "panel-body";
    part.append(heading, body);
    stops.push(effect(() => void (part.hidden = view.hide.value.includes(name))));
    return part;
  };

  const status = document.createElement("div");
  status.className = "status";
  for (const [name, panels] of Object.entries(areas)) {
    const area = document.createElement("div");
    area.className = `area area-${name}`;
    area.append(...panels.map(section));
    stops.push(effect(() => void (area.hidden = panels.every((each) => view.hide.value.includes(each)))));
    main.append(area);
  }
  main.querySelector("#panel-timeline")!.append(status);
  root.append(skip, header, main);
  return {
    header,
    status,
    bodies,
    stop: () => {
      for (const stop of stops) stop();
      root.replaceChildren();
    },
  };
}
