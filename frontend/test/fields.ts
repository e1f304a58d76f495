/** Fields of every kind, as Python declares them. */
import type { Field } from "../src/contract";

const rate: Field = {
  name: "learning_rate",
  kind: "number",
  group: "optimizer",
  default: 0.01,
  least: 1e-6,
  most: 1000,
  logarithmic: true,
};

export const fields: Field[] = [
  { name: "data", kind: "choice", group: "data", default: "xor", options: ["xor", "spirals", "own"] },
  { name: "n", kind: "integer", group: "data", default: 200, least: 10, most: 2000, where: { data: ["spirals"] } },
  { name: "noise", kind: "number", group: "data", default: 0.1, least: 0, most: 1 },
  { name: "points", kind: "points", group: "data", default: [], least: -1e6, most: 1e6, longest: 50 },
  { name: "class_names", kind: "list", group: "data", default: [], longest: 6 },
  { name: "standardize", kind: "switch", group: "data", default: false },
  {
    name: "features",
    kind: "choices",
    group: "features",
    default: ["x1", "x2"],
    options: ["x1", "x2", "product"],
    fewest: 1,
  },
  { name: "hidden", kind: "list", group: "network", default: [3, 3], least: 1, most: 64, longest: 6 },
  {
    name: "activations",
    kind: "list",
    group: "network",
    default: ["sigmoid", "sigmoid"],
    options: ["sigmoid", "tanh", "relu"],
    longest: 6,
  },
  { name: "optimizer", kind: "choice", group: "optimizer", default: "sgd", options: ["sgd", "adam"] },
  {
    name: "optimizer_settings",
    kind: "settings",
    group: "optimizer",
    default: { learning_rate: 0.3, momentum: 0.9, nesterov: false },
    of: "optimizer",
    parameters: {
      sgd: [
        rate,
        { name: "momentum", kind: "number", group: "optimizer", default: 0, least: 0, most: 1 },
        { name: "nesterov", kind: "switch", group: "optimizer", default: false },
      ],
      adam: [{ ...rate, default: 0.001 }, { ...rate, name: "clip_norm", default: null, first: 1 }],
    },
  },
  { name: "schedule", kind: "choice", group: "optimizer", default: "constant", options: ["constant", "step_decay", "pieces"] },
  {
    name: "schedule_settings",
    kind: "settings",
    group: "optimizer",
    default: {},
    of: "schedule",
    parameters: {
      constant: [],
      // "momentum" here only to be a name that two dictionaries have.
      step_decay: [{ name: "momentum", kind: "number", group: "optimizer", default: 0.5, least: 0, most: 1 }],
      pieces: [
        { name: "boundaries", kind: "list", group: "optimizer", default: [1000], least: 0, most: 9999, fewest: 1, longest: 8 },
        { name: "factors", kind: "values", group: "optimizer", default: [0.1], least: 0, most: 10, fewest: 1, longest: 8 },
      ],
    },
  },
  { name: "edits", kind: "edits", group: "training", default: [], least: -1e6, most: 1e6, longest: 100 },
  { name: "parameters", kind: "numbers", group: "network", default: [], longest: 1000 },
];
